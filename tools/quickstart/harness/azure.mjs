// Harness: store-azure on the Azurite that stores.mjs started, reached through the variable that `az://` reads anyway.
import { azureHarness } from "@stowage/store-azure/conformance";
import { knownFailures } from "./known-failures.mjs";

const connectionString = process.env["AZURE_STORAGE_CONNECTION_STRING"] ?? "";

export default azureHarness({
  connectionString,
  account: /AccountName=(\w+)/.exec(connectionString)?.[1] ?? "",
  target: { kind: "emulator", product: "azurite", version: "3.35.0" },
  timing: { scale: 4 },
  knownFailures: await knownFailures("store-azure", "AZURITE"),
});
