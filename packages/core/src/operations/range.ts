import type { ByteRange, ServedRange } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";

/** A validated range; `undefined` when the whole object is meant. Throws `InvalidArgument`. */
export function checkRange(range: unknown): ByteRange | undefined {
  if (range === undefined) return undefined;
  if (typeof range !== "object" || range === null || Array.isArray(range)) {
    throw invalid(`a range is { offset, length? } or { suffix }, not ${describe(range)}`);
  }
  const names = Object.keys(range).filter((name) => Reflect.get(range, name) !== undefined);
  const unknown = names.find((name) => name !== "offset" && name !== "length" && name !== "suffix");
  if (unknown !== undefined)
    throw invalid(`unknown range property ${JSON.stringify(unknown)}; known: offset, length, suffix`);
  if ("suffix" in range && range.suffix !== undefined) {
    if (names.length > 1) throw invalid("a range has either a suffix or an offset");
    return { suffix: whole("suffix", range.suffix) };
  }
  if (!("offset" in range) || range.offset === undefined) throw invalid("a range needs an offset or a suffix");
  const offset = whole("offset", range.offset);
  if (!("length" in range) || range.length === undefined) return { offset };
  const length = whole("length", range.length);
  if (!Number.isSafeInteger(offset + length)) throw invalid("the end of the range is not a safe integer");
  return { offset, length };
}

/** Asks the range for no bytes at all? HTTP cannot say so: a stat answers it. */
export function isEmptyRange(range: ByteRange | undefined): boolean {
  return range !== undefined && ("suffix" in range ? range.suffix === 0 : range.length === 0);
}

/** Which bytes of an object of `size` bytes the range means. Throws `InvalidRange` when it begins at or beyond the end. */
export function resolveRange(range: ByteRange | undefined, size: number): ServedRange {
  if (range === undefined) return { offset: 0, length: size };
  if (typeof range !== "object" || range === null) {
    throw invalid(`a range is { offset, length? } or { suffix }, not ${describe(range)}`);
  }
  if ("suffix" in range) {
    const length = Math.min(range.suffix, size);
    return { offset: size - length, length };
  }
  if (range.offset >= size) {
    throw new StoreError({
      code: "InvalidRange",
      message: `the range begins at ${range.offset}, the object has ${size} bytes`,
    });
  }
  return { offset: range.offset, length: Math.min(range.length ?? Number.MAX_SAFE_INTEGER, size - range.offset) };
}

function whole(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value + 0;
  throw invalid(
    `range.${name} is a whole number of bytes from 0 on, not ${typeof value === "number" ? value : describe(value)}`,
  );
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
