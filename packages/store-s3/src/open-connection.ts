import { readFile } from "node:fs/promises";
import { StoreError, redactedCause } from "@stowage/core";
import type { DriverTimeouts } from "@stowage/core";
import { createTransport } from "@stowage/http";
import type { TlsOptions } from "@stowage/http";
import { S3Connection } from "./connection/connection.js";
import type { S3StoreOptions } from "./options.js";
import { validateOptions } from "./validate-options.js";

/** Validates the options, reads what configuration they leave out, and makes the transport. Sends nothing. */
export async function openConnection(
  bucket: string,
  options: S3StoreOptions,
  timeouts: DriverTimeouts,
): Promise<S3Connection> {
  validateOptions(options);
  const tls = await tlsOptions(options);
  const { connections, proxy } = options;
  const engine = options.transport === "undici" ? "undici" : "sockets";
  const transport = createTransport({ connections, tls, proxy, engine });
  try {
    return await S3Connection.open(bucket, options, transport, timeouts);
  } catch (error) {
    await transport.close();
    throw error;
  }
}

async function tlsOptions({ tls, caFile }: S3StoreOptions): Promise<TlsOptions | undefined> {
  if (caFile === undefined) return tls;
  if (tls?.ca !== undefined)
    throw new StoreError({ code: "InvalidArgument", message: "caFile and tls.ca exclude each other" });
  try {
    return { ...tls, ca: await readFile(caFile) };
  } catch (error) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `caFile ${caFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      cause: redactedCause(error),
    });
  }
}
