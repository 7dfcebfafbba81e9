import { HTTP_CLOCK_MS } from "@stowage/core";

export interface Ticking {
  /** HTTP_CLOCK_MS have passed. */
  tick(now: number): void;
}

/**
 * One coarse timer for all connections of a transport, instead of one for each request. Counts its own ticks, so that a process
 * that was stopped or busy is not taken for a silent peer. Does not keep the process alive.
 */
export class Clock {
  /** Ticks so far. */
  now = 0;
  readonly #members = new Set<Ticking>();
  #timer: NodeJS.Timeout | undefined;

  add(member: Ticking): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#tick(), HTTP_CLOCK_MS).unref();
  }

  remove(member: Ticking): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.now += 1;
    for (const member of this.#members) member.tick(this.now);
  }
}

/** Ticks after which so many milliseconds have passed for certain. */
export function ticksOf(milliseconds: number): number {
  return Math.ceil(milliseconds / HTTP_CLOCK_MS) + 1;
}
