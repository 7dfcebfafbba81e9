import { StoreError } from "@stowage/core";
import { CHECKSUM_ALGORITHMS } from "@stowage/http";
import { createHash } from "node:crypto";
import type { S3CallOptions } from "./options.js";

const ENCRYPTIONS = ["AES256", "aws:kms", "aws:kms:dsse"];
const NAMES = new Set([
  "storageClass",
  "serverSideEncryption",
  "sseKmsKeyId",
  "sseCustomerKey",
  "tags",
  "acl",
  "checksumAlgorithm",
]);
const NONE: S3CallOptions = {};
const SSE_KEY_BYTES = 32;

/** The call's `native.s3`, validated. Throws `InvalidArgument` naming the option. */
export function callOptions(native: unknown): S3CallOptions {
  if (native === undefined) return NONE;
  if (typeof native !== "object" || native === null) throw invalid("native.s3 is an object");
  const options: S3CallOptions = native;
  for (const name of Object.keys(native))
    if (!NAMES.has(name)) throw invalid(`native.s3.${name} is not an option of S3`);
  token("storageClass", options.storageClass);
  token("acl", options.acl);
  token("sseKmsKeyId", options.sseKmsKeyId);
  oneOf("serverSideEncryption", options.serverSideEncryption, ENCRYPTIONS);
  oneOf("checksumAlgorithm", options.checksumAlgorithm, CHECKSUM_ALGORITHMS);
  if (options.sseCustomerKey !== undefined) customerKey(options.sseCustomerKey);
  if (options.tags !== undefined) checkTags(options.tags);
  return options;
}

/** Headers of a write that the call's options ask for; names and values in turn. */
export function writeOptionHeaders(options: S3CallOptions): string[] {
  const headers = customerKeyHeaders(options, "x-amz-server-side-encryption-customer-");
  if (options.storageClass !== undefined) headers.push("x-amz-storage-class", options.storageClass);
  if (options.acl !== undefined) headers.push("x-amz-acl", options.acl);
  if (options.serverSideEncryption !== undefined)
    headers.push("x-amz-server-side-encryption", options.serverSideEncryption);
  if (options.sseKmsKeyId !== undefined)
    headers.push("x-amz-server-side-encryption-aws-kms-key-id", options.sseKmsKeyId);
  if (options.tags !== undefined) headers.push("x-amz-tagging", new URLSearchParams(options.tags).toString());
  return headers;
}

/** Headers that a read, a part or the source of a copy needs of an object encrypted with the caller's key. */
export function customerKeyHeaders(options: S3CallOptions, prefix: string): string[] {
  if (options.sseCustomerKey === undefined) return [];
  const md5 = createHash("md5").update(Buffer.from(options.sseCustomerKey, "base64")).digest("base64");
  return [`${prefix}algorithm`, "AES256", `${prefix}key`, options.sseCustomerKey, `${prefix}key-md5`, md5];
}

/** The same as input of the SDK's commands. */
export function customerKeyInput({ sseCustomerKey }: S3CallOptions): {
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
} {
  return sseCustomerKey === undefined ? {} : { SSECustomerAlgorithm: "AES256", SSECustomerKey: sseCustomerKey };
}

function customerKey(value: unknown): void {
  if (typeof value !== "string" || Buffer.from(value, "base64").byteLength !== SSE_KEY_BYTES) {
    throw invalid(`sseCustomerKey is ${SSE_KEY_BYTES} bytes in base64`);
  }
}

function checkTags(tags: unknown): void {
  const valid = typeof tags === "object" && tags !== null && !Array.isArray(tags);
  if (!valid || !Object.values(tags).every((value) => typeof value === "string"))
    throw invalid("tags is an object of strings");
}

function token(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && /^[!-~]+$/.test(value))) return;
  throw invalid(`${name} is a word of ASCII characters`);
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || (typeof value === "string" && allowed.includes(value))) return;
  throw invalid(`${name} is one of ${allowed.join(", ")}`);
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
