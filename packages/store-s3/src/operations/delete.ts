import { hash } from "node:crypto";
import { BULK_CONCURRENCY_DEFAULT, isStoreError, S3_DOCUMENT_MAX, StoreError } from "@stowage/core";
import type { DriverCall, DriverDeleteCall } from "@stowage/core";
import { checksumBase64, escapeXml, isXmlText, quoteEtag, readLeaves, readXml, skipElement } from "@stowage/http";
import { storeError } from "../errors/error-table.js";
import { readFailure } from "../errors/failure.js";
import { collect } from "../requests/request.js";
import type { Bucket } from "./bucket.js";
import { checksumHeader } from "./checksum-policy.js";
import { giveBackMemory, takeMemory } from "./document-memory.js";
import { versionQuery } from "./read.js";

const encoder = new TextEncoder();

/** Deletes one object; a missing one is no failure unless a condition names its etag. */
export async function deleteObject(bucket: Bucket, key: string, call: DriverDeleteCall): Promise<void> {
  const ifMatch = call.conditions?.ifMatch;
  const answer = await bucket.requester.send({
    operation: "DeleteObject",
    method: "DELETE",
    key,
    query: versionQuery(call.versionId),
    headers: ifMatch === undefined ? [] : ["if-match", quoteEtag(ifMatch)],
    receive: collect,
    replayable: ifMatch === undefined,
    call,
  });
  if (answer.status < 300) {
    bucket.seen();
    return;
  }
  const error = await bucket.failure(answer, call);
  if (error.code !== "NotFound") throw error;
  if (ifMatch !== undefined) throw storeError(readFailure(answer), { code: "PreconditionFailed" });
}

/**
 * Deletes up to 1,000 keys by one request that answers failures only. Keys that XML or its parsers may not carry go one by one. One outcome a
 * key, in order; rejects only when the request as a whole failed. `kept`: the service is known to verify CRC32.
 */
export async function deleteObjects(
  bucket: Bucket,
  keys: readonly string[],
  call: DriverCall,
  kept: boolean,
): Promise<readonly (Error | undefined)[]> {
  if (keys.length > 0 && !SUSPICIOUS.test(keys.join("\n"))) {
    const failures = await deleteBatch(bucket, keys.join("</Key></Object><Object><Key>"), kept, call);
    return failures.size === 0 ? noFailures(keys.length) : keys.map((key) => failures.get(key));
  }
  const outcomes = noFailures(keys.length);
  const batch = keys.filter(isBatchable);
  const joined = batch.map(escapeXml).join("</Key></Object><Object><Key>");
  const failures = batch.length === 0 ? new Map<string, StoreError>() : await deleteBatch(bucket, joined, kept, call);
  const single: number[] = [];
  for (const [index, key] of keys.entries()) {
    if (isBatchable(key)) outcomes[index] = failures.get(key);
    else single.push(index);
  }
  const lanes = Array.from({ length: Math.min(BULK_CONCURRENCY_DEFAULT, single.length) }, async () => {
    for (let index = single.pop(); index !== undefined; index = single.pop()) {
      outcomes[index] = await deleteAlone(bucket, keys[index] ?? "", call);
    }
  });
  await Promise.all(lanes);
  return outcomes;
}

/** Anything in a whole batch (keys joined by line breaks) that has to be looked at key by key. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const SUSPICIOUS = /[&<>"'\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|(?:^|\n)(?:\s|$)|\s(?:\n|$)/;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FRAGILE = /^\s|\s$|[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Services are known to trim keys in documents and to alter white space and control characters, escaped or not. */
function isBatchable(key: string): boolean {
  return !FRAGILE.test(key) && isXmlText(key);
}

function noFailures(count: number): (Error | undefined)[] {
  const outcomes: (Error | undefined)[] = [];
  for (let index = 0; index < count; index++) outcomes.push(undefined);
  return outcomes;
}

/** `joinedKeys`: escaped, with what belongs between two of them. */
async function deleteBatch(
  bucket: Bucket,
  joinedKeys: string,
  kept: boolean,
  call: DriverCall,
): Promise<Map<string, StoreError>> {
  const text = `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet><Object><Key>${joinedKeys}</Key></Object></Delete>`;
  const memory = takeMemory(Buffer.byteLength(text));
  const body = memory.subarray(0, encoder.encodeInto(text, memory).written);
  const answer = await bucket.requester.send({
    operation: "DeleteObjects",
    method: "POST",
    key: undefined,
    query: [["delete", ""]],
    // This request must have a checksum. MD5 is the one that every S3 server has known from the start.
    headers: [...checksum(body, kept), "content-type", "application/xml"],
    body,
    receive: collect,
    collectMax: S3_DOCUMENT_MAX,
    replayable: true,
    call,
  });
  if (answer.status >= 300)
    throw await bucket.failure(answer, call, answer.status === 404 ? { code: "ContainerNotFound" } : undefined);
  bucket.seen();
  // The service has read the whole body, or it could not have obeyed: nothing sends from this memory any more.
  giveBackMemory(memory);
  return answer.bytes.byteLength === 0 ? new Map() : readDeleteResult(answer.bytes, answer.status);
}

function checksum(body: Uint8Array, kept: boolean): string[] {
  return kept ? [checksumHeader("CRC32"), checksumBase64("CRC32", body)] : ["content-md5", hash("md5", body, "base64")];
}

/** The failures of a quiet batch by key. A missing key is none. */
export function readDeleteResult(document: Uint8Array, status: number): Map<string, StoreError> {
  return readXml(document, (reader) => {
    const failures = new Map<string, StoreError>();
    const root = reader.next();
    const rootName: string = reader.name;
    if (rootName !== "DeleteResult" && rootName !== "DeleteObjectsOutput") {
      const fields = root === "open" && rootName === "Error" ? readLeaves(reader) : undefined;
      throw fields === undefined
        ? new StoreError({ code: "Internal", message: `the service answered a batch delete with <${rootName}>` })
        : itemError(fields, status >= 400 ? status : 500);
    }
    while (root === "open") {
      const event = reader.next();
      if (event === "close" || event === "end") break;
      if (event !== "open") continue;
      if (reader.name !== "Error") {
        skipElement(reader);
        continue;
      }
      const fields = readLeaves(reader);
      const error = itemError(fields, 0);
      if (error.code !== "NotFound") failures.set(fields.get("Key") ?? "", error);
    }
    return failures;
  });
}

function itemError(fields: ReadonlyMap<string, string>, status: number): StoreError {
  const code = fields.get("Code");
  const failure = {
    code,
    message: fields.get("Message"),
    status,
    requestId: undefined,
    region: undefined,
    retryAfterMs: undefined,
    date: undefined,
  };
  return storeError(failure, undefined);
}

async function deleteAlone(bucket: Bucket, key: string, call: DriverCall): Promise<Error | undefined> {
  try {
    await deleteObject(bucket, key, { ...call, conditions: undefined, versionId: undefined });
    return undefined;
  } catch (error) {
    if (isStoreError(error)) return error;
    throw error;
  }
}
