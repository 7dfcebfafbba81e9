import { getSystemErrorName } from "node:util";
import { StoreError } from "@stowage/core";
import type { Completion } from "./binding/completion.js";

/** A failed native operation in the form of Node's own file system errors: the errno's name in `code`. */
export function errnoError(completion: Completion, path: string): Error & { readonly code: string } {
  const code = getSystemErrorName(-completion.error);
  const message = `${code}: ${completion.step} failed, ${JSON.stringify(path)}`;
  return Object.assign(new Error(message), { code, errno: -completion.error, syscall: completion.step, path });
}

/** What `fallback: "error"` answers where O_DIRECT is not in force. */
export function notInForce(directory: string, reason: string, cause?: unknown): StoreError {
  return new StoreError({
    code: "Unsupported",
    message: `O_DIRECT is not in force in ${JSON.stringify(directory)}: ${reason}; fallback "buffered" works without it`,
    capability: "direct",
    committed: false,
    cause,
  });
}
