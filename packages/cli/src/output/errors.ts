import { inspect } from "node:util";
import { isStoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import { printable } from "./format.js";

/** What the process ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, hungUp: 129, interrupted: 130, terminated: 143 } as const;

/** Errors of the command line itself rather than of what it met. */
const usageCodes: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  "InvalidUri",
  "InvalidArgument",
  "UnknownScheme",
]);

export function exitStatusOf(error: unknown): number {
  return isStoreError(error) && usageCodes.has(error.code) ? EXIT.usage : EXIT.failed;
}

/** One line: what it is about, what happened, the code. `subject` is used where the error itself names no URI. */
export function describeError(error: unknown, subject?: string): string {
  if (!isStoreError(error)) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return printable(`${subject === undefined ? "" : `${subject}: `}${text} (--debug shows where)`);
  }
  const about = subject ?? error.uri;
  const lead = about === undefined || error.detail.includes(about) ? "" : `${about}: `;
  return printable(`${lead}${error.detail} [${error.code}]`);
}

/** Stack and causes, for `--debug`. */
export function traceError(error: unknown): string {
  return inspect(error, { depth: 4 });
}
