import { formatRawUri, parseRawUri, StoreError } from "@stowage/core";
import type { Location } from "@stowage/core";
import { bucketProblem } from "./bucket-name.js";

/** Splits `s3://bucket/key`: the key is the rest, raw, never percent-decoded, as the AWS CLI does. Throws `InvalidUri`. */
export function parseS3Uri(uri: string | URL, as: "store" | "object"): Location {
  const location = parseRawUri("s3", uri, as);
  const problem = bucketProblem(location.container);
  if (problem !== undefined) throw new StoreError({ code: "InvalidUri", message: problem });
  return location;
}

export function formatS3Uri(container: string, key: string): string {
  return formatRawUri("s3", container, key);
}
