import { S3_DOCUMENT_MAX, S3_LIST_PAGE_MAX, StoreError } from "@stowage/core";
import type { DriverListCall, DriverListEntry, DriverListPage } from "@stowage/core";
import type { Bucket } from "./bucket.js";
import { DocumentMemory } from "./document-memory.js";
import { readListing } from "./listing-document.js";
import type { Listing } from "./listing-document.js";

/** Pages of ListObjectsV2, one request each, made when asked for. Pages without anything in them are passed over. */
export async function* listPages(
  bucket: Bucket,
  call: DriverListCall,
): AsyncGenerator<DriverListPage, undefined, undefined> {
  let token = call.token === undefined ? undefined : readToken(call.token, call);
  for (;;) {
    const listing = await requestPage(bucket, call, token);
    const { nextToken } = listing;
    if (nextToken !== undefined && nextToken === token) {
      throw new StoreError({
        code: "Internal",
        message: "the service continues its listing where it began: it would never end",
      });
    }
    token = nextToken;
    const entries: readonly DriverListEntry[] = listing.entries;
    if (token !== undefined && entries.length === 0 && listing.prefixes.length === 0) continue;
    yield { entries, prefixes: listing.prefixes, token: token === undefined ? undefined : writeToken(token, call) };
    if (token === undefined) return;
  }
}

async function requestPage(bucket: Bucket, call: DriverListCall, token: string | undefined): Promise<Listing> {
  const query: [string, string][] = [
    ["list-type", "2"],
    ["encoding-type", "url"],
    ["max-keys", String(Math.min(call.pageSize ?? S3_LIST_PAGE_MAX, S3_LIST_PAGE_MAX))],
  ];
  if (call.prefix !== "") query.push(["prefix", call.prefix]);
  if (call.delimiter !== undefined) query.push(["delimiter", call.delimiter]);
  if (token !== undefined) query.push(["continuation-token", token]);
  else if (call.startAfter !== undefined) query.push(["start-after", call.startAfter]);
  const memory = new DocumentMemory();
  const answer = await bucket.requester.send({
    operation: "ListObjectsV2",
    method: "GET",
    key: undefined,
    query,
    headers: [],
    receive: (head) => memory.receive(head),
    collectMax: S3_DOCUMENT_MAX,
    replayable: true,
    call,
  });
  if (answer.status !== 200) throw await bucket.failure(answer, call, missingBucket(answer.status));
  bucket.seen();
  return memory.read(answer, readListing);
}

/** Nothing but the bucket can be missing in a listing. */
function missingBucket(status: number): { readonly code: "ContainerNotFound" } | undefined {
  return status === 404 ? { code: "ContainerNotFound" } : undefined;
}

type Listed = Pick<DriverListCall, "prefix" | "delimiter">;

/** A token of ours: the service's, with what it belongs to. */
function writeToken(token: string, { prefix, delimiter }: Listed): string {
  return Buffer.from(JSON.stringify([token, prefix, delimiter ?? null])).toString("base64url");
}

function readToken(text: string, { prefix, delimiter }: Listed): string {
  const parts = parseToken(text);
  if (parts === undefined) throw badToken("the listing token is none of this store");
  if (parts[1] !== prefix || parts[2] !== (delimiter ?? null)) {
    throw badToken("the listing token belongs to another prefix or delimiter");
  }
  return parts[0];
}

function parseToken(text: string): readonly [string, string, string | null] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (!Array.isArray(value) || value.length !== 3) return undefined;
    const [token, prefix, delimiter]: readonly unknown[] = value;
    if (typeof token !== "string" || typeof prefix !== "string") return undefined;
    return delimiter === null || typeof delimiter === "string" ? [token, prefix, delimiter] : undefined;
  } catch {
    return undefined;
  }
}

function badToken(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
