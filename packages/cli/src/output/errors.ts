import { inspect } from "node:util";
import { isStoreError } from "@stowage/core";
import type { StoreError, StoreErrorCode } from "@stowage/core";
import { localPathOf } from "../arguments/location.js";
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
  const detail = detailOf(error);
  const lead = about === undefined || detail.includes(about) ? "" : `${about}: `;
  return printable(`${lead}${detail} [${error.code}]`);
}

/** What a store says to programmers who meet a missing directory is not what helps a person who mistyped a path. */
function detailOf({ code, detail, uri }: StoreError): string {
  const path = code === "ContainerNotFound" && uri !== undefined ? localPathOf(uri) : undefined;
  return path === undefined ? detail : `there is no file or directory ${path.replace(/(?<=.)\/$/, "")}`;
}

/** Stack and causes, for `--debug`. */
export function traceError(error: unknown): string {
  return inspect(error, { depth: 4 });
}
