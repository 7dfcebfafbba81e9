/**
 * Times of change that the store sets itself, for two reasons. Kernels stamp files with a clock that may stand still for
 * milliseconds, so that two writes of one size could share an etag; these move on with every write. And the last digit says
 * whether the file has a sidecar, so that reading a plain file never looks for one.
 */
import { futimesSync } from "node:fs";
import type { FileFacts } from "./facts.js";

/**
 * May the file have a sidecar? The store gives files with attributes an odd microsecond, others an even one. Whole seconds may
 * also have one: that is all that a file system with coarse times can keep. Other times were never set by the store.
 */
export function mayHaveSidecar(facts: FileFacts): boolean {
  const microseconds = facts.mtimeNs / NS_PER_US;
  return (microseconds & 1n) === 1n ? isOwnTime(facts) : isCoarse(facts);
}

/** A whole second: on a file system with coarse times, two states of one file within it may look the same. */
export function isCoarse({ mtimeNs }: FileFacts): boolean {
  return mtimeNs % (US_PER_S * NS_PER_US) === 0n;
}

/** Can the store have set this time? Other programs' have nanoseconds, as a rule. */
export function isOwnTime({ mtimeNs }: FileFacts): boolean {
  const rest = mtimeNs % NS_PER_US;
  return rest === 0n || rest === restOf(mtimeNs / NS_PER_US);
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
const NS_PER_S = 1e9;

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

/** Sets the time of change of an open file to this microsecond since 1970. */
export function setTime(fd: number, microseconds: bigint): void {
  const seconds = secondsOf(microseconds);
  futimesSync(fd, seconds, seconds);
}

/**
 * Half a microsecond more, because a double cannot hold most microseconds exactly, and libuv cuts off what it does not keep: all
 * that follows the microsecond before its version 1.52 (Node 24), all that follows the nanosecond since.
 */
function secondsOf(microseconds: bigint): number {
  return Number(microseconds / US_PER_S) + (Number(microseconds % US_PER_S) + 0.5) / Number(US_PER_S);
}

/** The nanoseconds that newer versions of libuv leave after this microsecond: its own arithmetic, to the bit. */
function restOf(microseconds: bigint): bigint {
  const seconds = secondsOf(microseconds);
  return BigInt(Math.trunc((seconds - Math.trunc(seconds)) * NS_PER_S)) % NS_PER_US;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
