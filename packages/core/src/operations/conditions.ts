import type { DriverReadCall, ReadConditions, WriteConditions } from "../driver/types.js";
import type { DriverCall, DriverInfo } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";
import { requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";

type Given<Shape> = { readonly [Name in keyof Shape]?: Shape[Name] | undefined };

/** The etag without quotes and weakness mark: callers may paste what they saw in a header. */
export function normalizeEtag(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "" || value === '""') {
    throw new StoreError({ code: "InvalidArgument", message: `${name} is a non-empty etag, not ${describe(value)}` });
  }
  const match = /^(?:W\/)?"(.*)"$/.exec(value);
  return match?.[1] ?? value;
}

/** Validated read conditions, or `undefined` when there are none. An explicit `undefined` is no condition. */
export function readConditions(context: StoreContext, options: Given<ReadConditions>): ReadConditions | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = options;
  if (
    ifMatch === undefined &&
    ifNoneMatch === undefined &&
    ifModifiedSince === undefined &&
    ifUnmodifiedSince === undefined
  ) {
    return undefined;
  }
  requireFeature(context, "conditionalRead", "conditional reads");
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: ifMatch === "*" ? "*" : normalizeEtag("ifMatch", ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: normalizeEtag("ifNoneMatch", ifNoneMatch) }),
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince: checkDate("ifModifiedSince", ifModifiedSince) }),
    ...(ifUnmodifiedSince === undefined
      ? {}
      : { ifUnmodifiedSince: checkDate("ifUnmodifiedSince", ifUnmodifiedSince) }),
  };
}

/** Validated write conditions, or `undefined` when there are none. */
export function writeConditions(context: StoreContext, options: Given<WriteConditions>): WriteConditions | undefined {
  const { ifMatch, ifNoneMatch } = options;
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== undefined) {
    if (ifMatch !== undefined) {
      throw new StoreError({
        code: "InvalidArgument",
        message: "ifMatch and ifNoneMatch exclude each other on a write",
      });
    }
    if (ifNoneMatch !== "*") {
      throw new StoreError({
        code: "InvalidArgument",
        message: `ifNoneMatch of a write is "*" (create only), not ${describe(ifNoneMatch)}`,
      });
    }
    requireFeature(context, "createOnly", 'create-only writes (ifNoneMatch: "*")');
    return { ifNoneMatch };
  }
  const etag = normalizeEtag("ifMatch", ifMatch);
  if (etag === "*") {
    throw new StoreError({
      code: "InvalidArgument",
      message: "ifMatch of a write is the etag of the object it replaces",
    });
  }
  requireFeature(context, "replaceIf", "compare-and-replace writes (ifMatch)");
  return { ifMatch: etag };
}

export function versionOf(context: StoreContext, versionId: string | undefined): string | undefined {
  if (versionId === undefined) return undefined;
  if (typeof versionId !== "string" || versionId === "") {
    throw new StoreError({
      code: "InvalidArgument",
      message: `versionId is a non-empty string, not ${describe(versionId)}`,
    });
  }
  requireFeature(context, "versions", "object versions");
  return versionId;
}

/** A driver's read call out of an operation's. */
export function readCall(
  call: DriverCall,
  conditions: ReadConditions | undefined,
  versionId: string | undefined,
): DriverReadCall {
  return { signal: call.signal, timeouts: call.timeouts, native: call.native, conditions, versionId };
}

/**
 * Judges read conditions against what is stored, in the order of RFC 9110 section 13.2.2; for drivers whose service does not do
 * it. Throws `PreconditionFailed` or `NotModified`.
 */
export function evaluateReadConditions(
  conditions: ReadConditions | undefined,
  info: Pick<DriverInfo, "etag" | "lastModified">,
): void {
  if (conditions === undefined) return;
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = info.lastModified === undefined ? undefined : seconds(info.lastModified);
  if (ifMatch !== undefined) {
    if (ifMatch !== "*" && ifMatch !== info.etag) throw failed("the object has another etag than ifMatch");
  } else if (ifUnmodifiedSince !== undefined && modified !== undefined && modified > seconds(ifUnmodifiedSince)) {
    throw failed("the object was modified after ifUnmodifiedSince");
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === "*" || ifNoneMatch === info.etag)
      throw notModified("the object still has the etag of ifNoneMatch");
  } else if (ifModifiedSince !== undefined && modified !== undefined && modified <= seconds(ifModifiedSince)) {
    throw notModified("the object was not modified after ifModifiedSince");
  }
}

/** HTTP dates have whole seconds; all backends compare alike. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function checkDate(name: string, value: unknown): Date {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  throw new StoreError({ code: "InvalidArgument", message: `${name} is a valid Date, not ${describe(value)}` });
}

function failed(message: string): StoreError {
  return new StoreError({ code: "PreconditionFailed", message });
}

function notModified(message: string): StoreError {
  return new StoreError({ code: "NotModified", message });
}
