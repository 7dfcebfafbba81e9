import type { ByteRange } from "@stowage/core";
import { parseBytes } from "./size.js";
import { usageError } from "./usage.js";

export interface RangeFlags {
  readonly range?: string | undefined;
  readonly offset?: string | undefined;
  readonly length?: string | undefined;
  readonly suffix?: string | undefined;
}

/**
 * The bytes that `cat` was asked for: `--range 0-99` (both ends included, as in HTTP; `100-` to the end, `-100` the last 100), or
 * `--offset N [--length N]`, or `--suffix N`. `undefined` is the whole object.
 */
export function parseRange(flags: RangeFlags): ByteRange | undefined {
  const given = [flags.range, flags.offset ?? flags.length, flags.suffix].filter((flag) => flag !== undefined);
  if (given.length > 1) throw usageError("give one of --range, --offset with --length, and --suffix");
  if (flags.range !== undefined) return parseHttpRange(flags.range);
  if (flags.suffix !== undefined) return { suffix: parseBytes(flags.suffix, "--suffix") };
  if (flags.offset === undefined && flags.length === undefined) return undefined;
  const offset = parseBytes(flags.offset ?? "0", "--offset");
  return flags.length === undefined ? { offset } : { offset, length: parseBytes(flags.length, "--length") };
}

function parseHttpRange(text: string): ByteRange {
  const [first, last, ...rest] = text.split("-").map((part) => part.trim());
  if (first === undefined || last === undefined || rest.length > 0 || (first === "" && last === "")) {
    throw usageError(`--range is first-last, first- or -count in bytes, like 0-99, not ${JSON.stringify(text)}`);
  }
  if (first === "") return { suffix: parseBytes(last, "--range") };
  const offset = parseBytes(first, "--range");
  if (last === "") return { offset };
  const end = parseBytes(last, "--range");
  if (end < offset) throw usageError(`--range ${text} ends before it starts`);
  return { offset, length: end - offset + 1 };
}
