import type { BigIntStats } from "node:fs";

/** What a file system says of a file, as far as the store asks. */
export interface FileFacts {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly device: bigint;
  readonly inode: bigint;
  /** Bytes. */
  readonly size: number;
  /** Time of the last change of the bytes, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Permission bits, set-user-id and its kin included. */
  readonly mode: number;
  readonly links: number;
}

export function factsOf(stats: BigIntStats): FileFacts {
  const mode = Number(stats.mode);
  return {
    kind: kindOf(mode),
    device: stats.dev,
    inode: stats.ino,
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    mode: mode & ~TYPE_MASK,
    links: Number(stats.nlink),
  };
}

/**
 * The etag: inode, size and time of change in nanoseconds. Weak: a foreign program that writes in place within the clock's grain
 * and keeps the size is not noticed. Writes of the store always are: each is a new file whose time is moved on (see clock.ts).
 */
export function etagOf(facts: FileFacts): string {
  return `${facts.inode.toString(36)}-${facts.size.toString(36)}-${facts.mtimeNs.toString(36)}`;
}

export function lastModifiedOf(facts: FileFacts): Date {
  return new Date(Number(facts.mtimeNs / NANOSECONDS_PER_MILLISECOND));
}

export function isSameFile(a: FileFacts, b: FileFacts): boolean {
  return a.inode === b.inode && a.device === b.device;
}

/** Same file, same bytes as far as the file system can tell. */
export function isUnchanged(a: FileFacts, b: FileFacts): boolean {
  return isSameFile(a, b) && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** Read, write, execute of user, group and others. */
export const PERMISSION_BITS = 0o777;

const TYPE_MASK = 0o170000;

function kindOf(mode: number): FileFacts["kind"] {
  switch (mode & TYPE_MASK) {
    case 0o100000:
      return "file";
    case 0o040000:
      return "directory";
    case 0o120000:
      return "link";
    default:
      return "other";
  }
}
