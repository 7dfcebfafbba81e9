import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install } from "../../run/install.mjs";
import { startChild } from "../start-child.mjs";
import { createContainer } from "./create-container.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The account that every Azure tool knows as the emulator's; its key is public. */
const EMULATOR_ACCOUNT = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/**
 * Starts Azurite's blob service on a free loopback port, installing it first if need be.
 *
 * @param {object} [options]
 * @param {{ name: string, key: string }[]} [options.accounts] keys in base64; default: the emulator's well-known account
 * @param {{ certificate: string, key: string }} [options.tls] paths of PEM files: serves https instead of http
 * @param {boolean} [options.oauth] accept bearer tokens (their form is checked, not their signature); needs `tls`
 * @param {boolean} [options.persist] keep blobs in files of a temporary folder instead of memory
 * @param {string[]} [options.containers] created at start, in the first account (default none); not with `tls`
 * @param {number} [options.port]
 * @returns {Promise<import("../types.js").AzureServer>}
 */
export async function startAzurite(options = {}) {
  const { accounts = [EMULATOR_ACCOUNT], tls, oauth = false, persist = false, containers = [], port = 0 } = options;
  const [first] = accounts;
  if (first === undefined) throw new TypeError("startAzurite: at least one account");
  await install(folder);
  const script = new URL("serve.mjs", import.meta.url);
  /** @type {Awaited<ReturnType<typeof startChild<{ origin: string }>>>} */
  const { ready, stop } = await startChild(script, { accounts, port, tls, oauth, persist });
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  const origin = new URL(ready.origin).origin;
  const endpoint = `${origin}/${first.name}`;
  for (const container of containers)
    await createContainer({ origin, account: first.name, accountKey: first.key }, container);
  return {
    product: "azurite",
    version: dependencies.azurite,
    origin,
    endpoint,
    account: first.name,
    accountKey: first.key,
    containers,
    connectionString: `DefaultEndpointsProtocol=${tls ? "https" : "http"};AccountName=${first.name};AccountKey=${first.key};BlobEndpoint=${endpoint};`,
    environment: {
      AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=${tls ? "https" : "http"};AccountName=${first.name};AccountKey=${first.key};BlobEndpoint=${endpoint};`,
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
