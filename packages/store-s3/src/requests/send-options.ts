import type { RequestCall } from "./request.js";

/** What a request handler gets with a request: the store's own, and Node's. */
export interface SdkSendOptions {
  readonly abortSignal?: AbortSignal;
  /** Longest silence, in milliseconds. */
  readonly requestTimeout?: number;
}

export function sendOptions({ signal, timeouts }: RequestCall): SdkSendOptions {
  return {
    ...(signal === undefined ? {} : { abortSignal: signal }),
    ...(timeouts.idle === undefined ? {} : { requestTimeout: timeouts.idle }),
  };
}
