import { isDeepStrictEqual } from "node:util";
import { inspect } from "node:util";
import { isStoreError } from "@stowage/core";
import type { StoreError, StoreErrorCode } from "@stowage/core";
import { describeDifference, sameBytes } from "./bytes.js";

/** A check of a case that did not hold. */
export class CheckFailed extends Error {
  override readonly name: string = "CheckFailed";
}

/** Thrown by `t.notRun`: the case cannot be run here. */
export class NotRun extends Error {
  override readonly name: string = "NotRun";
}

/** What a case may assert. Counts, so that a case that checks nothing can be told. */
export class Checks {
  /** Checks made so far. */
  checks = 0;

  /** Holds when `value` is truthy. */
  ok(value: unknown, what: string): void {
    this.checks += 1;
    if (!value) throw new CheckFailed(`check failed: ${what}`);
  }

  /** Equal by value, in depth, prototypes aside only where both are plain records. */
  equal<Value>(actual: Value, expected: Value, what = "value"): void {
    this.checks += 1;
    if (!isDeepStrictEqual(actual, expected)) {
      throw new CheckFailed(`${what}: ${show(actual)} instead of ${show(expected)}`);
    }
  }

  different<Value>(one: Value, other: Value, what = "values"): void {
    this.checks += 1;
    if (isDeepStrictEqual(one, other)) throw new CheckFailed(`${what} are both ${show(one)}`);
  }

  bytes(actual: Uint8Array, expected: Uint8Array | string, what = "bytes"): void {
    this.checks += 1;
    const wanted = typeof expected === "string" ? Buffer.from(expected, "utf8") : expected;
    if (!sameBytes(actual, wanted)) throw new CheckFailed(`${what}: ${describeDifference(actual, wanted)}`);
  }

  /** One of several byte strings, exactly: for races that either side may win. Returns which. */
  oneOf(actual: Uint8Array, allowed: readonly Uint8Array[], what = "bytes"): number {
    this.checks += 1;
    const at = allowed.findIndex((bytes) => sameBytes(actual, bytes));
    if (at === -1)
      throw new CheckFailed(`${what}: ${actual.byteLength} bytes that are none of the ${allowed.length} whole objects`);
    return at;
  }

  /** The promise rejects with a `StoreError` of this code (or one of these). A synchronous throw fails. */
  async rejects(
    action: () => PromiseLike<unknown>,
    code: StoreErrorCode | readonly StoreErrorCode[],
    what = "the call",
  ): Promise<StoreError> {
    const error = await this.failure(action, what);
    const codes = typeof code === "string" ? [code] : code;
    if (!isStoreError(error)) throw new CheckFailed(`${what} rejected with no StoreError but ${show(error)}`);
    if (!codes.includes(error.code)) {
      throw new CheckFailed(`${what} rejected with ${error.code} instead of ${codes.join(" or ")}: ${error.message}`);
    }
    return error;
  }

  /** The promise rejects with this very value, unwrapped. */
  async rejectsWith(action: () => PromiseLike<unknown>, reason: unknown, what = "the call"): Promise<void> {
    const error = await this.failure(action, what);
    if (error !== reason) throw new CheckFailed(`${what} rejected with ${show(error)} instead of the reason itself`);
  }

  /** What the promise rejects with, whatever it is. */
  async failure(action: () => PromiseLike<unknown>, what = "the call"): Promise<unknown> {
    this.checks += 1;
    let pending: PromiseLike<unknown>;
    try {
      pending = action();
    } catch (error) {
      // The harness lacks what the call needs: that says nothing about the store.
      if (error instanceof NotRun) throw error;
      throw new CheckFailed(`${what} threw instead of rejecting: ${show(error)}`);
    }
    let value: unknown;
    try {
      value = await pending;
    } catch (error) {
      return error;
    }
    throw new CheckFailed(`${what} resolved with ${show(value)} instead of rejecting`);
  }

  fail(what: string): never {
    this.checks += 1;
    throw new CheckFailed(what);
  }

  /** Ends the case: it says nothing here, for this reason. */
  notRun(reason: string): never {
    throw new NotRun(reason);
  }
}

function show(value: unknown): string {
  const text = inspect(value, { depth: 4, breakLength: 120, maxArrayLength: 8, maxStringLength: 120 });
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}
