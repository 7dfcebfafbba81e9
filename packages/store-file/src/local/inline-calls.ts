/**
 * Decides whether a short file system call is made at once, on the calling thread, or handed to Node's thread pool.
 *
 * Why: what is in the operating system's caches is answered in 2 to 10 microseconds, but each trip through the pool costs 10 to 25
 * of CPU (waking a sleeping thread, waking the event loop). A hot 4 KiB read made at once takes a fifth of the CPU of
 * `fs.promises.readFile`. What is not cached would hold up the event loop for as long as the disk needs, so the time of every
 * such call is watched: slow ones in succession that read from a device, or a very slow one, send all calls to the pool for a
 * multiple of the time they took. A slow call that read nothing from a device does not count, nor does a very slow one alone: the
 * system had given the processor to someone else. And a turn of the event loop spends a bounded time in such calls; then callers
 * wait for the next turn, so that timers and sockets have theirs.
 */
import { statfsSync } from "node:fs";
import {
  INLINE_CALL_SHARE,
  INLINE_CALL_SLOW_MS,
  INLINE_CALL_VERY_SLOW_MS,
  INLINE_CALLS_BETWEEN_SLOW,
  INLINE_POOL_MAX_MS,
  INLINE_TURN_BUDGET_MS,
} from "@stowage/core";

export class InlineCalls {
  readonly #directory: string;
  #usable: boolean | undefined;
  #poolUntil = 0;
  #sinceSlow = Number.POSITIVE_INFINITY;
  readonly #deviceReads: () => number;
  #deviceReadsSeen = 0;

  /**
   * `directory` tells the file system: on a network file system nothing is done at once. `enabled` false: nowhere. `deviceReads`
   * counts the blocks that this process has read from devices so far; with what other threads read, it errs towards the pool.
   */
  constructor(directory: string, enabled: boolean, deviceReads = (): number => process.resourceUsage().fsRead) {
    this.#directory = directory;
    this.#usable = enabled ? undefined : false;
    this.#deviceReads = deviceReads;
  }

  /** May the next call be made at once, as far as its speed goes? See also `turnBudget`. */
  allowed(): boolean {
    this.#usable ??= isLocalFileSystem(this.#directory);
    return this.#usable && performance.now() >= this.#poolUntil;
  }

  /** May a call be made at once, in this very turn of the event loop? */
  allowedNow(): boolean {
    return spent < INLINE_TURN_BUDGET_MS && this.allowed();
  }

  /** Makes the call at once where that is allowed in this turn, else by `pooled`. For calls that only read. */
  run<Result>(now: () => Result, pooled: () => Promise<Result>): Result | Promise<Result> {
    if (!this.allowedNow()) return pooled();
    const started = performance.now();
    try {
      return now();
    } finally {
      this.took(started);
    }
  }

  /** Reports a call made at once. `started` is `performance.now()` from before. */
  took(started: number): void {
    const now = performance.now();
    const elapsed = now - started;
    spent += elapsed;
    if (elapsed > INLINE_CALL_SLOW_MS) this.#slow(now, elapsed);
    else this.#sinceSlow++;
    if (resetPending) return;
    resetPending = true;
    setImmediate(nextTurn);
  }

  /** One alone proves nothing, unless it is very slow and met a device: then it was worth a trip through the pool. */
  #slow(now: number, elapsed: number): void {
    const device = this.#metDevice();
    const verySlow = elapsed > INLINE_CALL_VERY_SLOW_MS;
    if (!device && !verySlow) {
      this.#sinceSlow++;
      return;
    }
    if ((device && verySlow) || this.#sinceSlow < INLINE_CALLS_BETWEEN_SLOW) {
      this.#poolUntil = now + Math.min(elapsed * INLINE_CALL_SHARE, INLINE_POOL_MAX_MS);
    }
    this.#sinceSlow = 0;
  }

  /** Was anything read from a device since this was last asked? */
  #metDevice(): boolean {
    const reads = this.#deviceReads();
    const met = reads !== this.#deviceReadsSeen;
    this.#deviceReadsSeen = reads;
    return met;
  }
}

/** Resolves when this turn of the event loop may spend more time in calls made at once; `undefined` when it may right now. */
export function turnBudget(): Promise<void> | undefined {
  if (spent < INLINE_TURN_BUDGET_MS) return undefined;
  turn ??= new Promise((resolve) => {
    endTurn = resolve;
  });
  return turn;
}

/** Spent in this turn of the event loop, by all stores of this thread. */
let spent = 0;
let resetPending = false;
let turn: Promise<void> | undefined;
let endTurn: (() => void) | undefined;

function nextTurn(): void {
  spent = 0;
  resetPending = false;
  const resolve = endTurn;
  turn = undefined;
  endTurn = undefined;
  resolve?.();
}

/**
 * Source: magic numbers of `statfs(2)`: ext2/3/4, XFS, btrfs, tmpfs, ramfs, overlayfs, F2FS. Not ZFS: its threads read for the
 * caller, so that the kernel's count of what this process has read says nothing.
 */
const localFileSystems: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x858458f6, 0x794c7630, 0xf2f52010,
]);

/** Network and user-space file systems may take arbitrarily long for any call: nothing is made at once there. */
function isLocalFileSystem(directory: string): boolean {
  try {
    return localFileSystems.has(statfsSync(directory).type);
  } catch {
    return false;
  }
}
