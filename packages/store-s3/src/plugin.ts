import { SPEC_VERSION } from "@stowage/core";
import type { StorePlugin } from "@stowage/core";
import { containers } from "./containers.js";
import { S3Driver } from "./driver.js";
import { openConnection } from "./open-connection.js";
import { optionDeclarations } from "./option-declarations.js";
import type { S3StoreOptions } from "./options.js";
import { formatS3Uri, parseS3Uri } from "./uri.js";
import { VERSION } from "./version.js";

/** `s3://bucket/key` on any service that speaks S3. */
export const plugin: StorePlugin<S3StoreOptions> = {
  name: "@stowage/store-s3",
  version: VERSION,
  specVersion: SPEC_VERSION,
  schemes: ["s3"],
  parse: parseS3Uri,
  format: formatS3Uri,
  options: optionDeclarations,
  async open(container, options, context) {
    return new S3Driver(await openConnection(container, options, context.transfer.timeouts));
  },
  containers,
};
