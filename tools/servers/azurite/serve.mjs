// Child process: Azurite's blob service, in memory.
import { createRequire } from "node:module";
import { scratchFolder, serve } from "../serve-child.mjs";

await serve(async ({ accounts, port, tls, oauth, persist }) => {
  const folder = scratchFolder("azurite");
  process.env["AZURITE_ACCOUNTS"] = accounts.map((/** @type {any} */ { name, key }) => `${name}:${key}`).join(";");
  process.argv = [process.execPath, "azurite-blob", "--blobHost", "127.0.0.1", "--blobPort", String(port)];
  // The version check refuses SDKs newer than this Azurite.
  process.argv.push("--silent", "--disableTelemetry", "--skipApiVersionCheck");
  process.argv.push(...(persist ? ["--location", folder] : ["--inMemoryPersistence"]));
  if (tls) process.argv.push("--cert", tls.certificate, "--key", tls.key);
  if (oauth) process.argv.push("--oauth", "basic");
  const address = new Promise((resolve) => {
    const log = console.log.bind(console);
    console.log = (...line) => {
      log(...line);
      const [, url] = /successfully listens on (\S+)/.exec(line.join(" ")) ?? [];
      if (url !== undefined) resolve(url);
    };
  });
  createRequire(import.meta.url)("azurite/dist/src/blob/main.js");
  return {
    ready: { origin: await address },
    stop: () => {},
  };
});
