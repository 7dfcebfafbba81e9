import { SPEC_VERSION } from "@stowage/core";
import type { StorePlugin } from "@stowage/core";
import { createRequire } from "node:module";
import { containers } from "./containers.js";
import { openDriver } from "./open.js";
import { optionDeclarations } from "./options/options.js";
import type { AzureOptions } from "./options/options.js";
import { format, matches, parse } from "./uri/uri.js";

const { version }: { version: string } = createRequire(import.meta.url)("../package.json");

/** `az://account/container/key`, and `https://account.blob.core.windows.net/container/key`. */
export const plugin: StorePlugin<AzureOptions> = {
  name: "@stowage/store-azure",
  version,
  specVersion: SPEC_VERSION,
  schemes: ["az"],
  matches,
  parse,
  format,
  options: optionDeclarations,
  open: openDriver,
  containers,
};
