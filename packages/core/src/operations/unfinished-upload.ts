import { setMaxListeners } from "node:events";
import type { ObjectAttributes } from "../attributes/types.js";
import { RETRIES_DEFAULT } from "../constants/retry.js";
import { UPLOAD_ABORT_GRACE_MS, UPLOAD_BEGIN_GRACE_MS } from "../constants/transfer.js";
import type { MultipartDriver } from "../driver/driver.js";
import type { DriverUpload } from "../driver/types.js";
import { isStoreError, notCommitted } from "../errors/index.js";
import { retryDelay } from "../retry/delay.js";
import { systemEnvironment } from "../retry/environment.js";
import { attempt } from "./attempt.js";
import type { Scope } from "./scope.js";

/**
 * Begins an upload. Given up meanwhile, it leaves none: the service may have begun it already, and only its answer says which one, so
 * the answer is waited for (at most {@link UPLOAD_BEGIN_GRACE_MS}) and the upload aborted. The limit of one attempt is kept as it is.
 */
export async function startUpload(
  scope: Scope,
  multipart: MultipartDriver,
  key: string,
  wanted: { readonly attributes: ObjectAttributes; readonly partSize: number },
): Promise<DriverUpload> {
  const graceMs = (): number => (scope.signal?.aborted === true ? UPLOAD_BEGIN_GRACE_MS : 0);
  const { id } = await attempt(
    scope,
    (call) => withGrace(call.signal, graceMs, (signal) => multipart.begin(key, { ...call, ...wanted, signal })),
    { key },
  );
  const upload: DriverUpload = { key, id, ...wanted };
  if (scope.signal?.aborted !== true) return upload;
  await abortUnfinished(scope, multipart, upload);
  throw notCommitted(scope.signal.reason);
}

/**
 * Aborts the upload of a failed call, with the usual retries. A caller that gives up, or has given up, waits for it
 * {@link UPLOAD_ABORT_GRACE_MS} at most. Its own failure adds nothing: what is left `listUploads` shows.
 */
export async function abortUnfinished(scope: Scope, multipart: MultipartDriver, upload: DriverUpload): Promise<void> {
  const { key } = upload;
  await withGrace(scope.signal, abortGraceMs, (signal) =>
    attempt({ ...scope, signal, native: undefined }, (call) => multipart.abort(upload, call), { key }),
  ).catch(() => {});
}

/**
 * For drivers that begin uploads by themselves: runs the request with a signal that ends {@link UPLOAD_BEGIN_GRACE_MS} after the
 * caller's, because its answer names what must be aborted once the caller has given up. The caller's signal may have ended when this
 * resolves. Rejects with its reason, and does nothing, when it has ended already.
 */
export async function untilBegun<Value>(
  signal: AbortSignal | undefined,
  begin: (late: AbortSignal | undefined) => Promise<Value>,
): Promise<Value> {
  signal?.throwIfAborted();
  return await withGrace(signal, () => UPLOAD_BEGIN_GRACE_MS, begin);
}

/**
 * For drivers that abort uploads by themselves: as {@link abortUnfinished}. Never rejects.
 */
export async function untilAborted(
  signal: AbortSignal | undefined,
  abort: (late: AbortSignal | undefined) => Promise<void>,
): Promise<void> {
  await withGrace(signal, abortGraceMs, async (late) => {
    for (let retry = 1; ; retry++) {
      try {
        await abort(late);
        return;
      } catch (error) {
        if (!isStoreError(error) || !error.retryable || retry > RETRIES_DEFAULT) return;
        const delay = retryDelay(error, retry, systemEnvironment.random);
        if (delay === undefined) return;
        await systemEnvironment.sleep(delay, late);
      }
    }
  }).catch(() => {});
}

function abortGraceMs(): number {
  return UPLOAD_ABORT_GRACE_MS;
}

/** Runs `run` with a signal that ends so many milliseconds after the caller's, whenever that is. */
async function withGrace<Value>(
  signal: AbortSignal | undefined,
  graceMs: () => number,
  run: (late: AbortSignal | undefined) => Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return await run(undefined);
  const late = new AbortController();
  setMaxListeners(0, late.signal);
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    const grace = graceMs();
    if (grace === 0) late.abort(signal.reason);
    else timer = setTimeout(() => late.abort(signal.reason), grace);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await run(late.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
