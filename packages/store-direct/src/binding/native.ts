/** The native module as it is: every name and order here mirrors native/*.c. Nothing outside this folder sees it. */

/** Steps of one write operation. A whole object in one call is all of them. */
export const PHASE = { transfer: 1, seal: 2, commit: 4 } as const;

/** In the order of their bits, as `SD_FLAG_...` in op.h has them. */
const FLAG_NAMES = [
  "direct",
  "fallback",
  "follow",
  "createOnly",
  "hold",
  "dropCache",
  "last",
  "syncFile",
  "syncDirectory",
  "statOnly",
  "noRing",
  "stamp",
  "suffix",
] as const;

export const FLAG: Readonly<Record<(typeof FLAG_NAMES)[number], number>> = bits(FLAG_NAMES);

export const RESULT = {
  direct: 1,
  refused: 2,
  reported: 4,
  committed: 16,
  ring: 32,
  edges: 64,
  replaced: 128,
  held: 256,
} as const;

/** Where an operation failed; `STEPS[record.step]`. The order is that of `sd_step`. */
export const STEPS = [
  "none",
  "open",
  "open parent",
  "type",
  "stat",
  "memory",
  "read",
  "changed",
  "allocate",
  "write",
  "truncate",
  "set times",
  "sync",
  "link",
  "rename",
  "sync directory",
  "close",
  "cancelled",
  "start thread",
] as const;

export type Step = (typeof STEPS)[number];

/** Fields of one record of the completion table, 8 bytes each; inodes, times and devices are integers of 64 bits. */
export const RECORD = {
  slot: 0,
  error: 1,
  step: 2,
  results: 3,
  size: 4,
  bytes: 5,
  mode: 6,
  links: 7,
  memoryAlignment: 8,
  offsetAlignment: 9,
  inode: 10,
  modifiedNs: 11,
  device: 12,
  replacedSize: 13,
  replacedInode: 14,
  replacedModifiedNs: 15,
  fields: 16,
} as const;

/** What a finished read carries: the bytes, one buffer a range, the memory they were placed in, or nothing. */
export type NativeValue = ArrayBuffer | ArrayBuffer[] | Uint8Array<ArrayBuffer> | undefined;

export interface EngineStats {
  /** Operations that JavaScript waits for. */
  readonly inFlight: number;
  /** Blocks of pool memory in use: by operations, and by results that are still reachable. */
  readonly poolBlocks: number;
  readonly poolBytes: number;
  readonly poolIdleBytes: number;
  readonly threads: number;
  /** 0: not tried yet, 1: running, 2: unavailable. */
  readonly ringState: number;
  /** errno with which io_uring was refused. */
  readonly ringError: number;
}

export interface NativeBinding {
  /** `config` in the order of `CONFIG_...` in binding.c. Gives the completion table. Once a JavaScript thread. */
  start(config: Float64Array, completed: (count: number, values: readonly NativeValue[]) => void): ArrayBuffer;
  /** With `descriptor` -1 the file at `path` is opened, whose first `rootLength` bytes may lead through symbolic links. */
  read(
    slot: number,
    descriptor: number,
    path: string,
    rootLength: number,
    flags: number,
    defaultAlignment: number,
    offset: number,
    length: number,
    destination: Uint8Array | undefined,
  ): void;
  readRanges(
    slot: number,
    descriptor: number,
    path: string,
    rootLength: number,
    flags: number,
    defaultAlignment: number,
    ranges: Float64Array,
  ): void;
  write(
    slot: number,
    descriptor: number,
    parent: string,
    rootLength: number,
    flags: number,
    defaultAlignment: number,
    phases: number,
    temp: string,
    target: string,
    size: number,
    offset: number,
    modifiedUs: number,
    data: Uint8Array | undefined,
  ): void;
  /** Answers at once, in the first record of the completion table. */
  probe(directory: string, temp: string): void;
  /** The bytes of a held read go to the destination, which has exactly their length; without one they are dropped. */
  take(slot: number, destination: Uint8Array | undefined): void;
  cancel(slot: number): void;
  /** Zeroed memory in huge pages. */
  allocate(bytes: number): ArrayBuffer;
  /** The memory goes back now; the buffer and the arrays over it have length 0. */
  detach(buffer: ArrayBuffer): void;
  trim(): void;
  stats(): EngineStats;
}

function bits<Name extends string>(names: readonly Name[]): Record<Name, number> {
  const values: Partial<Record<Name, number>> = {};
  for (const [index, name] of names.entries()) values[name] = 2 ** index;
  // Complete by construction: the loop has set every name.
  return values as Record<Name, number>;
}
