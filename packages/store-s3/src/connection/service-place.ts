import type { ServiceName } from "../services.js";
import type { Address } from "./address.js";

/**
 * Which service holds the bucket, in one spelling: for AWS its partition, whose bucket names are unique; for every other service the
 * whole address without the bucket. Two spellings of one host count as two services, which costs a copy its short way and nothing else.
 */
export function servicePlace(service: ServiceName, { origin, hostname, basePath }: Address, bucket: string): string {
  if (service === "aws") return partitionOf(hostname);
  const place = new URL(origin);
  if (bucket !== "" && hostname.startsWith(`${bucket}.`)) place.hostname = hostname.slice(bucket.length + 1);
  const path = bucket !== "" && basePath.endsWith(`/${bucket}`) ? basePath.slice(0, -bucket.length - 1) : basePath;
  return `${place.origin}${path}`;
}

function partitionOf(hostname: string): string {
  if (hostname.endsWith(".amazonaws.com.cn")) return "aws-cn";
  return hostname.includes(".us-gov-") ? "aws-us-gov" : "aws";
}
