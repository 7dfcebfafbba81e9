import { createHmac } from "node:crypto";

const VERSION = "2021-12-02";

/**
 * Makes a container by one request signed with the account's key: the servers run before anything is built, and without an SDK.
 * https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
 *
 * @param {{ origin: string, account: string, accountKey: string }} server @param {string} container
 */
export async function createContainer({ origin, account, accountKey }, container) {
  const path = `/${account}/${container}`;
  const date = new Date().toUTCString();
  const signed = ["x-ms-date:" + date, "x-ms-version:" + VERSION, `/${account}${path}`, "restype:container"].join("\n");
  const noStandardHeaders = "\n".repeat(12);
  const signature = createHmac("sha256", Buffer.from(accountKey, "base64"))
    .update(`PUT${noStandardHeaders}${signed}`)
    .digest("base64");
  const response = await fetch(`${origin}${path}?restype=container`, {
    method: "PUT",
    headers: { "x-ms-date": date, "x-ms-version": VERSION, authorization: `SharedKey ${account}:${signature}` },
  });
  if (response.status !== 201) throw new Error(`Azurite refused the container ${container}: ${await response.text()}`);
}
