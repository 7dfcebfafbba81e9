import { GIB, KIB, MIB, TIB } from "@stowage/core";
import { usageError } from "./usage.js";

const BYTES_PER_KB = 1000;

const units: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["b", 1],
  ["k", KIB],
  ["kib", KIB],
  ["kb", BYTES_PER_KB],
  ["m", MIB],
  ["mib", MIB],
  ["mb", BYTES_PER_KB ** 2],
  ["g", GIB],
  ["gib", GIB],
  ["gb", BYTES_PER_KB ** 3],
  ["t", TIB],
  ["tib", TIB],
  ["tb", BYTES_PER_KB ** 4],
]);

/** Bytes in `8388608`, `8MiB`, `8M` (binary both) or `8MB` (decimal). `name` is what the message calls the value. */
export function parseBytes(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = units.get((match?.[2] ?? "").toLowerCase());
  const bytes = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
  if (!Number.isSafeInteger(bytes)) {
    throw usageError(`${name} is a number of bytes like 4096, 512KiB or 8MB, not ${JSON.stringify(text)}`);
  }
  return bytes;
}

/** A whole number from `least` up. */
export function parseCount(text: string, name: string, least = 0): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < least) {
    throw usageError(`${name} is a whole number from ${least} up, not ${JSON.stringify(text)}`);
  }
  return count;
}
