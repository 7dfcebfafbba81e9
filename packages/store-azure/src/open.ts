import { StoreError } from "@stowage/core";
import { createTransport, proxyFor } from "@stowage/http";
import { createSigner } from "./auth/signers.js";
import { AzureDriver } from "./driver/azure-driver.js";
import { resolveConnection } from "./options/connection.js";
import type { AzureOptions } from "./options/options.js";
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
  const { accessTier } = options;
  const bySdk = sdkOperations(clients, accessTier);
  const transport = transportOf(options, connection.endpoint.origin);
  if (transport === "sdk") return new AzureDriver({ connection, operations: bySdk, clients, transport, accessTier });
  const wire = new WireClient(
    createTransport({ connections: options.connections, tls: options.tls, proxy: options.proxy }),
    createSigner(connection),
    connection,
  );
  const operations = wireOperations(wire, accessTier, bySdk);
  return new AzureDriver({ connection, operations, clients, transport, accessTier });
}

function transportOf(options: AzureOptions, origin: string): "http" | "sdk" {
  const { client, proxy, transport = "auto" } = options;
  if (transport === "sdk") return "sdk";
  if (transport === "http") {
    if (client === undefined) return "http";
    throw new StoreError({
      code: "InvalidArgument",
      message: 'the option client works through the SDK only; leave transport: "http" out',
    });
  }
  return client !== undefined || proxyFor(origin, proxy) !== undefined ? "sdk" : "http";
}
