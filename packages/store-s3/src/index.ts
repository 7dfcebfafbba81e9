import { checkOptions, createStore, registerPlugin, resolveTransfer, StoreError } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import { bucketProblem } from "./bucket-name.js";
import { S3Driver } from "./driver.js";
import { openConnection } from "./open-connection.js";
import { optionDeclarations } from "./option-declarations.js";
import type { S3CallOptions, S3StoreOptions } from "./options.js";
import { plugin } from "./plugin.js";

export type { S3CallOptions, S3Credentials, S3Features, S3StoreOptions } from "./options.js";
export { plugin } from "./plugin.js";
export { probe } from "./probe.js";
export type { ServiceName } from "./services.js";

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    s3: S3StoreOptions;
  }
  interface NativeCallOptions {
    readonly s3?: S3CallOptions | undefined;
  }
}

registerPlugin(plugin);

export interface S3Options extends S3StoreOptions, CommonStoreOptions {
  readonly bucket: string;
  /** Everything is confined below it; a missing final `/` is added. */
  readonly prefix?: string | undefined;
}

/** Opens a store without a URI. Sends no request. Throws `InvalidArgument`. */
export async function s3(options: S3Options): Promise<ObjectStore> {
  checkOptions("s3()", optionDeclarations, options, ["bucket", "prefix"]);
  const {
    bucket,
    prefix,
    partSize,
    concurrency,
    multipartThreshold,
    rangeThreshold,
    retries,
    timeouts,
    budget,
    keyRules,
    ...own
  } = options;
  const problem = bucketProblem(bucket);
  if (problem !== undefined) throw new StoreError({ code: "InvalidArgument", message: problem });
  const common = { partSize, concurrency, multipartThreshold, rangeThreshold, retries, timeouts, budget, keyRules };
  const connection = await openConnection(bucket, own, resolveTransfer(common).timeouts);
  return createStore(new S3Driver(connection), { ...common, plugin, container: bucket, prefix });
}
