import { StoreError } from "@stowage/core";
import { createTransport, proxyFor } from "@stowage/http";
import { createSigner } from "./auth/signers.js";
import { AzureDriver } from "./driver/azure-driver.js";
import { resolveConnection } from "./options/connection.js";
import type { AzureOptions, Transport } from "./options/options.js";
import { SdkClients } from "./sdk/sdk-clients.js";
import { sdkOperations } from "./sdk/sdk-operations.js";
import { checkContainerName } from "./uri/container-name.js";
import { WireClient } from "./wire/wire-client.js";
import { wireOperations } from "./wire/wire-operations.js";

/** The driver for `account/container`. Nothing is sent before the first operation. */
export function openDriver(container: string, options: AzureOptions): AzureDriver {
  const connection = resolveConnection(container, options);
  if (connection.containerName === "") {
    throw new StoreError({
      code: "InvalidUri",
      message: `az://${container} names no container; write az://account/container`,
    });
  }
  checkContainerName(connection.containerName);
  const clients = new SdkClients(connection, options);
  const { accessTier, connections, tls, proxy } = options;
  // A proxy that is none is told now, not by the first request.
  proxyFor(connection.endpoint.origin, proxy);
  const bySdk = sdkOperations(clients, accessTier);
  const transport = transportOf(options);
  if (transport === "sdk") return new AzureDriver({ connection, operations: bySdk, clients, transport, accessTier });
  const wire = new WireClient(
    createTransport({ connections, tls, proxy, engine: transport === "undici" ? "undici" : "sockets" }),
    createSigner(connection),
    connection,
  );
  const operations = wireOperations(wire, accessTier, bySdk);
  return new AzureDriver({ connection, operations, clients, transport, accessTier });
}

/** A client of one's own is the SDK's. */
function transportOf({ client, transport }: AzureOptions): Transport {
  if (client === undefined) return transport ?? "direct";
  if (transport === undefined || transport === "sdk") return "sdk";
  throw new StoreError({
    code: "InvalidArgument",
    message: `transport "${transport}" cannot be had with a client of one's own`,
  });
}
