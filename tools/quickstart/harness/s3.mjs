// Harness: store-s3 on the miniflare that stores.mjs started, reached through the variables that `s3://` reads anyway.
import { s3Harness } from "@stowage/store-s3/conformance";
import { knownFailures } from "./known-failures.mjs";

export default s3Harness({
  bucket: process.env["STOWAGE_S3_BUCKET"] ?? "",
  options: { service: "r2", features: { listParts: false, listUploads: false, createContainer: false } },
  target: { kind: "emulator", product: "miniflare" },
  timing: { scale: 4 },
  knownFailures: await knownFailures("store-s3", "MINIFLARE"),
});
