import { SEGMENT_BYTES_MAX } from "@stowage/core";
import type { KeyLimits } from "@stowage/core";
import { invalidKey } from "./errors.js";
import { hasReservedSegment, RESERVED_PREFIX } from "./names.js";

/** What a directory tree cannot hold beyond the portable rules, for `capabilities`. */
export const LOCAL_KEY_LIMITS: KeyLimits = {
  emptySegments: false,
  trailingSlash: false,
  objectAndPrefix: false,
  segmentBytes: SEGMENT_BYTES_MAX,
  distinctSpellings: true,
  serviceKeys: false,
};

/** Where a key lies. All paths are absolute. */
export interface KeyPath {
  readonly key: string;
  readonly path: string;
  /** The directory that holds it. */
  readonly parent: string;
  readonly name: string;
  /** Lies directly in the container's directory, so that no directory in between could be a symbolic link. */
  readonly flat: boolean;
}

/** The path of a key that passed the portable rules. Throws `InvalidKey` for what a directory tree cannot hold. */
export function keyToPath(root: string, key: string): KeyPath {
  if (key.endsWith("/")) throw invalidKey(key, "a file cannot have a name that ends in '/'");
  if (key.includes("//")) throw invalidKey(key, "a file cannot have an empty segment ('//') in its path");
  if (hasReservedSegment(key)) {
    throw invalidKey(key, `names that begin with ${JSON.stringify(RESERVED_PREFIX)} are the store's own`);
  }
  if (key.length > SEGMENT_BYTES_MAX / UTF8_BYTES_PER_UNIT_MAX) checkSegments(key);
  const slash = key.lastIndexOf("/");
  const base = root.endsWith("/") ? root : `${root}/`;
  if (slash === -1) return { key, path: base + key, parent: root, name: key, flat: true };
  return { key, path: base + key, parent: base + key.slice(0, slash), name: key.slice(slash + 1), flat: false };
}

/** One UTF-16 unit is at most three bytes of UTF-8. */
const UTF8_BYTES_PER_UNIT_MAX = 3;

function checkSegments(key: string): void {
  for (const segment of key.split("/")) {
    const bytes = Buffer.byteLength(segment);
    if (bytes > SEGMENT_BYTES_MAX) {
      throw invalidKey(key, `a file name has at most ${SEGMENT_BYTES_MAX} bytes, a segment of this key ${bytes}`);
    }
  }
}
