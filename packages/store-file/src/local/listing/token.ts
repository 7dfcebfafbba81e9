import { isStoreErrorCode, StoreError } from "@stowage/core";
import { afterAllBelow, toByteString } from "./byte-order.js";
import type { Problem, ProblemSummary } from "./problems.js";

/** Where a listing goes on: nothing else is needed, so a token works in any process, and after any time. */
export interface Position {
  /** Byte string; only keys after it are listed. */
  readonly after: string;
  readonly problems: ProblemSummary;
}

/** The position after a key, or after all that is below a common prefix (it ends in `/`). */
export function positionAfter(item: string): string {
  return item.endsWith("/") ? afterAllBelow(toByteString(item)) : toByteString(item);
}

export function writeToken(item: string, problems: ProblemSummary): string {
  return JSON.stringify({ after: item, ...(problems.count === 0 ? {} : { problems }) });
}

export function readToken(token: string): Position {
  const value = parse(token);
  const { after, problems } = value;
  if (typeof after !== "string" || after === "") throw invalid();
  return {
    after: positionAfter(after),
    problems: problems === undefined ? { first: [], count: 0 } : readProblems(problems),
  };
}

function parse(token: string): Fields {
  try {
    return fieldsOf(JSON.parse(token));
  } catch {
    throw invalid();
  }
}

function readProblems(value: unknown): ProblemSummary {
  const { first, count } = fieldsOf(value);
  if (!Array.isArray(first) || typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) throw invalid();
  return { first: first.map(readProblem), count };
}

function readProblem(value: unknown): Problem {
  const { keyBytes, code, reason } = fieldsOf(value);
  if (typeof keyBytes !== "string" || typeof reason !== "string" || !isStoreErrorCode(code)) throw invalid();
  return { keyBytes, code, reason };
}

interface Fields {
  readonly after?: unknown;
  readonly problems?: unknown;
  readonly first?: unknown;
  readonly count?: unknown;
  readonly keyBytes?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw invalid();
  return { ...value };
}

function invalid(): StoreError {
  return new StoreError({ code: "InvalidArgument", message: "this is no token of this listing" });
}
