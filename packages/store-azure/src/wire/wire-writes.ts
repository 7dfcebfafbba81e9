import type {
  DriverCall,
  DriverDeleteCall,
  DriverWriteCall,
  DriverWritten,
  ObjectAttributes,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { isStoreError, StoreError } from "@stowage/core";
import type { HttpRequest } from "@stowage/http";
import { attributeHeaders, writtenFromHeaders } from "../attributes/headers.js";
import type { Header } from "../auth/signer.js";
import type { CommitCall } from "../driver/operations.js";
import type { Asked } from "../errors/failure.js";
import { callOptions, encodeTags } from "../options/call-options.js";
import { writeConditionHeaders } from "./conditions.js";
import type { WireClient } from "./wire-client.js";

export async function putBlob(
  client: WireClient,
  key: string,
  body: WriteBody,
  call: DriverWriteCall,
  accessTier: string | undefined,
): Promise<DriverWritten> {
  const serviceHeaders = writeHeaders(call, accessTier);
  serviceHeaders.push(["x-ms-blob-type", "BlockBlob"]);
  const sent = wireBody(body);
  const response = await client.send(
    {
      method: "PUT",
      key,
      headers: writeConditionHeaders(call.conditions),
      serviceHeaders,
      body: sent,
      replayable: call.conditions === undefined,
      asked: askedOf(call.conditions),
      onSent: call.onBytes,
    },
    call,
  );
  return writtenFromHeaders(response.headers, sent instanceof Uint8Array ? sent.byteLength : sent.length);
}

export async function putBlock(
  client: WireClient,
  key: string,
  blockId: string,
  body: WriteBody,
  call: DriverCall,
): Promise<void> {
  const { leaseId } = callOptions(call.native);
  await client.send(
    {
      method: "PUT",
      key,
      query: [
        ["blockid", blockId],
        ["comp", "block"],
      ],
      serviceHeaders: leaseId === undefined ? [] : [["x-ms-lease-id", leaseId]],
      body: wireBody(body),
      replayable: true,
      asked: { write: true },
    },
    call,
  );
}

export async function commitBlocks(
  client: WireClient,
  key: string,
  blockIds: readonly string[],
  call: CommitCall,
  accessTier: string | undefined,
): Promise<DriverWritten> {
  // Uncommitted only: with `Latest`, a block of an older commit would stand in for one that has been dropped.
  const list = blockIds.map((id) => `<Uncommitted>${id}</Uncommitted>`).join("");
  const response = await client.send(
    {
      method: "PUT",
      key,
      query: [["comp", "blocklist"]],
      headers: [["content-type", "application/xml"], ...writeConditionHeaders(call.conditions)],
      serviceHeaders: writeHeaders(call, accessTier),
      body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`),
      // A second commit would find its blocks gone and report the first one's success as a failure.
      replayable: false,
      asked: askedOf(call.conditions),
    },
    call,
  );
  return writtenFromHeaders(response.headers, call.size);
}

export async function deleteBlob(client: WireClient, key: string, call: DriverDeleteCall): Promise<void> {
  const { leaseId } = callOptions(call.native);
  const ifMatch = call.conditions?.ifMatch;
  try {
    await client.send(
      {
        method: "DELETE",
        key,
        headers: writeConditionHeaders(ifMatch === undefined ? undefined : { ifMatch }),
        serviceHeaders: leaseId === undefined ? [] : [["x-ms-lease-id", leaseId]],
        replayable: ifMatch === undefined,
        asked: { write: true, replaceIf: ifMatch !== undefined },
      },
      call,
    );
  } catch (error) {
    if (!(isStoreError(error) && error.code === "NotFound")) throw error;
  }
}

function writeHeaders(
  call: DriverCall & { readonly attributes: ObjectAttributes },
  storeTier: string | undefined,
): Header[] {
  const headers = attributeHeaders(call.attributes);
  const { accessTier = storeTier, leaseId, tags } = callOptions(call.native);
  if (accessTier !== undefined) headers.push(["x-ms-access-tier", accessTier]);
  if (leaseId !== undefined) headers.push(["x-ms-lease-id", leaseId]);
  if (tags !== undefined) headers.push(["x-ms-tags", encodeTags(tags)]);
  return headers;
}

export function askedOf(conditions: WriteConditions | undefined): Asked {
  return {
    write: true,
    createOnly: conditions?.ifNoneMatch !== undefined,
    replaceIf: conditions?.ifMatch !== undefined,
  };
}

function wireBody(body: WriteBody): Exclude<HttpRequest["body"], undefined> {
  if (body.bytes !== undefined) return body.bytes;
  if (body.size === undefined) {
    throw new StoreError({
      code: "Internal",
      message: "Azure takes no body of unknown size in one request",
      committed: false,
    });
  }
  return { chunks: body.chunks(), length: body.size };
}
