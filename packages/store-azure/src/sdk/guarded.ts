import { isStoreError, StoreError } from "@stowage/core";
import type { DriverCall } from "@stowage/core";
import { networkError } from "@stowage/http";
import { unauthenticated } from "../auth/signers.js";
import { failure } from "../errors/failure.js";
import type { Asked } from "../errors/failure.js";

/** A request through the SDK under way: its signal, and the sign of life that puts the idle timeout off. */
export interface Guard {
  readonly signal: AbortSignal;
  touch(): void;
  /** Frees timer and listener. */
  stop(): void;
  /** What an error of the SDK means, once the abort and the timeout have been ruled out. */
  translate(error: unknown): unknown;
}

/** Watches one request of the SDK, which knows no idle timeout of its own. */
export function startGuard(call: DriverCall, asked: Asked): Guard {
  const controller = new AbortController();
  const { signal: outer, timeouts } = call;
  const onAbort = (): void => controller.abort(outer?.reason);
  outer?.addEventListener("abort", onAbort, { once: true });
  let expired = false;
  const expire = (): void => {
    expired = true;
    controller.abort(new Error("idle"));
  };
  const idle = timeouts.idle ?? 0;
  const timer = idle > 0 ? setTimeout(expire, idle) : undefined;
  return {
    signal: controller.signal,
    touch: () => void timer?.refresh(),
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onAbort);
    },
    translate(error) {
      if (outer?.aborted === true) return outer.reason;
      if (expired) return new StoreError({ code: "Timeout", message: `Azure did not answer within ${idle} ms` });
      return sdkError(error, asked);
    },
  };
}

/** Runs one request of the SDK to its end. */
export async function guarded<Value>(
  call: DriverCall,
  asked: Asked,
  act: (guard: Guard) => Promise<Value>,
): Promise<Value> {
  const guard = startGuard(call, asked);
  try {
    return await act(guard);
  } catch (error) {
    throw guard.translate(error);
  } finally {
    guard.stop();
  }
}

const UNSENT: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** The StoreError for whatever the SDK threw. */
export function sdkError(error: unknown, asked: Asked): StoreError {
  if (isStoreError(error)) return error;
  if (!(error instanceof Error)) return new StoreError({ code: "Internal", message: String(error) });
  if (/Authentication|CredentialUnavailable/.test(error.name)) return unauthenticated(error);
  const { statusCode, code, headers, details } = restError(error);
  if (statusCode === undefined || statusCode < 300) {
    return networkError(error, { origin: "Azure" }, !UNSENT.has(code ?? ""));
  }
  return failure(
    {
      status: statusCode,
      code: headers("x-ms-error-code") ?? details.errorCode ?? code,
      message: details.message ?? (error.message.startsWith("<") ? undefined : error.message),
      requestId: headers("x-ms-request-id"),
      retryAfterMs: retryAfter(headers("retry-after")),
      cause: error,
    },
    asked,
  );
}

interface RestFacts {
  readonly statusCode: number | undefined;
  readonly code: string | undefined;
  readonly headers: (name: string) => string | undefined;
  readonly details: { readonly errorCode?: string; readonly message?: string };
}

/** What a RestError of any copy of the SDK says. */
function restError(error: Error): RestFacts {
  const response: unknown = "response" in error ? error.response : undefined;
  const held: unknown = isRecord(response) ? response["headers"] : undefined;
  const details: unknown = "details" in error ? error.details : undefined;
  return {
    statusCode: "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined,
    code: "code" in error && typeof error.code === "string" ? error.code : undefined,
    headers: (name) => (hasGet(held) ? held.get(name) : undefined),
    details: isRecord(details) ? { ...text(details, "errorCode"), ...text(details, "message") } : {},
  };
}

function text(
  record: Record<string, unknown>,
  name: "errorCode" | "message",
): { errorCode?: string; message?: string } {
  const value = record[name];
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function hasGet(value: unknown): value is { get(name: string): string | undefined } {
  return isRecord(value) && typeof value["get"] === "function";
}

function retryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}
