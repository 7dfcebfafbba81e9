import { isLoopback } from "@stowage/http";
import type { S3StoreOptions } from "../options.js";

/** Is the hash of a body in memory part of the signature? Nobody reads along on the machine's own loopback device. */
export function hashesPayload(
  { signPayload = "auto" }: Pick<S3StoreOptions, "signPayload">,
  protocol: string,
  hostname: string,
): boolean {
  const readable = protocol === "http:" && !isLoopback(hostname);
  return signPayload === "always" || (signPayload === "auto" && readable);
}
