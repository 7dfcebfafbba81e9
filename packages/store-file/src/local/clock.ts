/**
 * Times of change that the store sets itself, for two reasons. Kernels stamp files with a clock that may stand still for
 * milliseconds, so that two writes of one size could share an etag; these move on with every write. And the last digit says
 * whether the file has a sidecar, so that reading a plain file never looks for one.
 */
import { futimesSync } from "node:fs";
import type { FileFacts } from "./facts.js";

/**
 * May the file have a sidecar? The store sets whole microseconds: odd ones on files with attributes, even ones on others. Whole
 * seconds may also have one: that is all that a file system with coarse times can keep. Other times were never set by the store.
 */
export function mayHaveSidecar(facts: FileFacts): boolean {
  const { mtimeNs } = facts;
  if (mtimeNs % NS_PER_US !== 0n) return false;
  const microseconds = mtimeNs / NS_PER_US;
  return (microseconds & 1n) === 1n || microseconds % US_PER_S === 0n;
}

/**
 * The time of change, in microseconds since 1970, for a file written now: later than any given before in this process, marked as
 * `mayHaveSidecar` reads it.
 */
export function nextTime(marked: boolean): bigint {
  last = markAs(larger(now(), last + 1n), marked);
  return last;
}

/**
 * Sets the time of change of an open file to now, later than any time set before by this process and later than `after` (that of
 * the file about to be replaced), marked as `mayHaveSidecar` reads it.
 */
export function stamp(fd: number, after: bigint | undefined, marked: boolean): void {
  nextTime(marked);
  // A file from the future (a clock that was wrong, an unpacked archive) moves this one time, not all later ones.
  const chosen = after === undefined || after < last * NS_PER_US ? last : markAs(after / NS_PER_US + 1n, marked);
  setTime(fd, chosen);
}

/** For a file system that could not keep the odd microsecond: a whole second, which means "look for a sidecar". */
export function stampCoarsely(fd: number, facts: FileFacts): void {
  const seconds = facts.mtimeNs / NS_PER_US / US_PER_S;
  futimesSync(fd, Number(seconds), Number(seconds));
}

/** The time of change that `stamp` last gave, in microseconds. */
let last = 0n;

const NS_PER_US = 1000n;
const US_PER_S = 1_000_000n;

/** Microseconds since 1970. `Date` alone has only milliseconds; `performance` alone misses when the system's clock is set. */
export function now(): bigint {
  const wall = Date.now();
  if (Math.abs(origin + performance.now() - wall) > CLOCK_TOLERANCE_MS) origin = wall - performance.now();
  return BigInt(Math.floor((origin + performance.now()) * 1000));
}

let origin = performance.timeOrigin;

/** More than the grain of `Date`, less than any step of a clock that would matter. */
const CLOCK_TOLERANCE_MS = 2;

/** The next time, from `microseconds` on, that says `marked`. */
function markAs(microseconds: bigint, marked: boolean): bigint {
  const chosen = ((microseconds & 1n) === 1n) === marked ? microseconds : microseconds + 1n;
  // A whole second would say "look for a sidecar": it is even, so only files without one can meet it.
  return chosen % US_PER_S === 0n ? chosen + 2n : chosen;
}

/** Sets the time of change of an open file, in whole microseconds since 1970. */
export function setTime(fd: number, microseconds: bigint): void {
  // Half a microsecond more, because a double cannot hold most microseconds exactly and libuv cuts off what follows them.
  const seconds = Number(microseconds / US_PER_S) + (Number(microseconds % US_PER_S) + 0.5) / Number(US_PER_S);
  futimesSync(fd, seconds, seconds);
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
