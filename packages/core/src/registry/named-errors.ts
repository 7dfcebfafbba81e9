import { isStoreError, redactedCause, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";

/** Runs a function that works on a URI: what it rejects with is a StoreError that names the function and the URI. */
export async function named<Value>(operation: string, uri: unknown, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    throw namedError(operation, uri, error);
  }
}

export function namedError(operation: string, uri: unknown, error: unknown): StoreError {
  const text = typeof uri === "string" ? uri : uri instanceof URL ? uri.href : undefined;
  const scheme = text === undefined ? undefined : /^[a-z][a-z0-9+.-]*(?=:)/i.exec(text)?.[0].toLowerCase();
  if (isStoreError(error)) {
    if (error.operation !== undefined) return error;
    return extendError(error, { operation, uri: error.uri ?? text, scheme: error.scheme ?? scheme });
  }
  const cause = redactedCause(error);
  const message = `failed unexpectedly: ${cause.message}`;
  return new StoreError({ code: "Internal", message, cause, operation, uri: text, scheme });
}
