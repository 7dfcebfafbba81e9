import { leavesOutcomeUnknown, redactedCause, StoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import { CODES, STATUSES } from "./table.js";
import type { Meaning } from "./table.js";

/** An answer that says no, however it was received. */
export interface Refusal {
  readonly status: number;
  /** `x-ms-error-code`, or the `<Code>` of the body. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly cause?: unknown;
}

/** What was asked, as far as it decides what a refusal means. */
export interface Asked {
  readonly write?: boolean;
  /** `ifNoneMatch: "*"` on a write. */
  readonly createOnly?: boolean;
  /** `ifMatch` on a write or delete. */
  readonly replaceIf?: boolean;
  /** About the container itself: a 404 without a code is its. */
  readonly container?: boolean;
}

/** The StoreError for a refusal. */
export function failure(refusal: Refusal, asked: Asked = {}): StoreError {
  const meaning = meaningOf(refusal);
  const code = inContext(meaning.code, refusal, asked);
  const said =
    firstSentence(refusal.message) ??
    `Azure answered ${refusal.status}${refusal.code === undefined ? "" : ` ${refusal.code}`}`;
  return new StoreError({
    code,
    message: meaning.hint === undefined ? said : `${said.replace(/\.$/, "")}: ${meaning.hint}`,
    status: refusal.status,
    requestId: refusal.requestId,
    retryAfterMs: refusal.retryAfterMs,
    ...(asked.write === true
      ? { committed: leavesOutcomeUnknown(code) ? ("unknown" as const) : (false as const) }
      : {}),
    ...(refusal.cause === undefined ? {} : { cause: redactedCause(refusal.cause) }),
  });
}

function meaningOf({ code, status }: Refusal): Meaning {
  const byCode = code === undefined ? undefined : CODES.get(code);
  // One code for a condition that failed, whichever way.
  if (status === 304) return { code: "NotModified" };
  return byCode ?? STATUSES.get(status) ?? { code: status >= 500 ? "Unavailable" : "Internal" };
}

function inContext(code: StoreErrorCode, refusal: Refusal, asked: Asked): StoreErrorCode {
  if (asked.createOnly === true && (code === "PreconditionFailed" || refusal.code === "BlobAlreadyExists"))
    return "AlreadyExists";
  // A write that wants to replace an object that is not there.
  if (asked.replaceIf === true && code === "NotFound") return "PreconditionFailed";
  if (asked.container === true && code === "NotFound") return "ContainerNotFound";
  // Two writers at once: of the losers of a race for creating, some hear 409, whatever they asked.
  if (asked.write === true && asked.createOnly !== true && refusal.code === "BlobAlreadyExists") return "Conflict";
  return code;
}

/** Azure puts request id and time on lines of their own; signatures that did not match are shown after the first line. */
function firstSentence(message: string | undefined): string | undefined {
  const line = message?.split(/[\r\n]/, 1)[0]?.trim();
  return line === undefined || line === "" ? undefined : line;
}
