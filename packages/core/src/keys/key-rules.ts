import { KEY_BYTES_MAX } from "../constants/keys.js";
import type { KeyLimits } from "../driver/capabilities.js";
import { StoreError } from "../errors/index.js";

const DOT = 46;
const SLASH = 47;
const loneSurrogate = /\p{Cs}/u;

/**
 * The portable rules, the same on every backend: non-empty well-formed Unicode, at most 1,024 UTF-8 bytes, no NUL, no leading
 * `/`, no `.` or `..` segment. Throws `InvalidKey` with the reason.
 */
export function checkPortableKey(key: unknown): asserts key is string {
  if (typeof key !== "string") throw invalid(key, `a key is a string, not ${kindOf(key)}`);
  if (key.length === 0) throw invalid(key, "a key must not be empty");
  if (key.charCodeAt(0) === SLASH) throw invalid(key, "a key must not begin with '/'");
  let segmentStart = 0;
  let ascii = true;
  for (let index = 0; index <= key.length; index++) {
    const unit = index === key.length ? SLASH : key.charCodeAt(index);
    if (unit === SLASH) {
      if (isDots(key, segmentStart, index)) throw invalid(key, "a key must not contain a '.' or '..' segment");
      segmentStart = index + 1;
    } else if (unit === 0) {
      throw invalid(key, "a key must not contain NUL");
    } else if (unit > 0x7f) {
      ascii = false;
    }
  }
  checkEncodedLength(key, ascii);
}

/** What `keyRules: "service"` still asks: a non-empty, well-formed string that fits. */
export function checkServiceKey(key: unknown): asserts key is string {
  if (typeof key !== "string") throw invalid(key, `a key is a string, not ${kindOf(key)}`);
  if (key.length === 0) throw invalid(key, "a key must not be empty");
  checkEncodedLength(key, false);
}

/** What this backend cannot hold beyond the portable rules. Throws `InvalidKey` with the reason. */
export function checkKeyLimits(key: string, limits: KeyLimits): void {
  if (!limits.trailingSlash && key.charCodeAt(key.length - 1) === SLASH) {
    throw invalid(key, "this store cannot hold a key that ends in '/'");
  }
  if (!limits.emptySegments && key.includes("//")) {
    throw invalid(key, "this store cannot hold a key with an empty segment ('//')");
  }
  const { segmentBytes } = limits;
  if (segmentBytes !== undefined && key.length * 3 > segmentBytes) {
    for (const segment of key.split("/")) {
      if (Buffer.byteLength(segment) > segmentBytes) {
        throw invalid(key, `this store cannot hold a segment of more than ${segmentBytes} bytes`);
      }
    }
  }
}

function checkEncodedLength(key: string, ascii: boolean): void {
  if (!ascii && loneSurrogate.test(key))
    throw invalid(key, "a key must be well-formed Unicode (it holds a lone surrogate)");
  const bytes = ascii ? key.length : Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) throw invalid(key, `a key has at most ${KEY_BYTES_MAX} UTF-8 bytes, this one ${bytes}`);
}

function isDots(key: string, start: number, end: number): boolean {
  const length = end - start;
  if (length !== 1 && length !== 2) return false;
  return key.charCodeAt(start) === DOT && key.charCodeAt(end - 1) === DOT;
}

function invalid(key: unknown, reason: string): StoreError {
  const shown = typeof key === "string" && key.length > 0 ? ` (key ${JSON.stringify(key.slice(0, 200))})` : "";
  return new StoreError({
    code: typeof key === "string" ? "InvalidKey" : "InvalidArgument",
    message: reason + shown,
    key: typeof key === "string" ? key : undefined,
  });
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
