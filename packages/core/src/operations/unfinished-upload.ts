import { setMaxListeners } from "node:events";
import type { ObjectAttributes } from "../attributes/types.js";
import { UPLOAD_ABORT_GRACE_MS, UPLOAD_BEGIN_GRACE_MS } from "../constants/transfer.js";
import type { MultipartDriver } from "../driver/driver.js";
import type { DriverUpload } from "../driver/types.js";
import { attempt } from "./attempt.js";
import type { Scope } from "./scope.js";

/**
 * Begins an upload. Given up meanwhile, it leaves none: the service may have begun it already, and only its answer says which one, so
 * the answer is waited for (at most {@link UPLOAD_BEGIN_GRACE_MS}) and the upload aborted.
 */
export async function startUpload(
  scope: Scope,
  multipart: MultipartDriver,
  key: string,
  wanted: { readonly attributes: ObjectAttributes; readonly partSize: number },
): Promise<DriverUpload> {
  const { id } = await attempt(
    scope,
    (call) => untilBegun(call.signal, (signal) => multipart.begin(key, { ...call, ...wanted, signal })),
    { key },
  );
  const upload: DriverUpload = { key, id, ...wanted };
  if (scope.signal?.aborted !== true) return upload;
  await abortUnfinished(scope, multipart, upload);
  throw scope.signal.reason;
}

/** The abort of a failed upload must run although the call's own signal may have ended; its own failure adds nothing. */
export async function abortUnfinished(scope: Scope, multipart: MultipartDriver, upload: DriverUpload): Promise<void> {
  const ending: Scope = { ...scope, signal: cleanupSignal(scope.signal), native: undefined };
  try {
    await attempt(ending, (call) => multipart.abort(upload, call), { key: upload.key });
  } catch {
    // Left for the service's own expiry; listUploads shows it.
  }
}

/**
 * Runs the request that begins an upload with a signal that ends {@link UPLOAD_BEGIN_GRACE_MS} after the caller's, because its answer
 * names what must be aborted once the caller has given up. The caller's signal may have ended when this resolves.
 */
export async function untilBegun<Value>(
  signal: AbortSignal | undefined,
  begin: (late: AbortSignal | undefined) => Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return await begin(undefined);
  const late = new AbortController();
  setMaxListeners(0, late.signal);
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => late.abort(signal.reason), UPLOAD_BEGIN_GRACE_MS);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await begin(late.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * The signal for a request that undoes what a failed call began: one of its own, because the caller's may have ended. A caller that has
 * given up waits for it {@link UPLOAD_ABORT_GRACE_MS} at most.
 */
export function cleanupSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  return signal?.aborted === true ? AbortSignal.timeout(UPLOAD_ABORT_GRACE_MS) : undefined;
}
