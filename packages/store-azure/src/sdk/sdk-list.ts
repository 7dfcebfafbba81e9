import type { BlobItem, ContainerClient } from "@azure/storage-blob";
import { AZURE_LIST_PAGE_MAX } from "@stowage/core";
import type { DriverCall, DriverListEntry } from "@stowage/core";
import { unquoteEtag } from "@stowage/http";
import type { BlobPage, PageQuery } from "../driver/operations.js";
import { failure } from "../errors/failure.js";
import { OddListing, scanListing } from "../wire/list-scan.js";
import { guarded, sdkError } from "./guarded.js";

/** One page of List Blobs. */
export async function listPage(container: ContainerClient, query: PageQuery, call: DriverCall): Promise<BlobPage> {
  const { prefix, delimiter, marker, pageSize } = query;
  const asked = { container: true };
  return guarded(call, asked, async ({ signal }) => {
    const options = { prefix, abortSignal: signal };
    const settings = {
      maxPageSize: pageSize ?? AZURE_LIST_PAGE_MAX,
      ...(marker === undefined ? {} : { continuationToken: marker }),
    };
    if (delimiter === undefined) {
      const result = await container.listBlobsFlat(options).byPage(settings).next();
      return result.done === true ? END : page(result.value);
    }
    const result = await container.listBlobsByHierarchy(delimiter, options).byPage(settings).next();
    return result.done === true ? END : page(result.value);
  });
}

interface Answer {
  readonly continuationToken?: string | undefined;
  readonly segment: {
    readonly blobItems?: readonly BlobItem[];
    readonly blobPrefixes?: readonly { readonly name: string }[] | undefined;
  };
  readonly _response: { readonly bodyAsText?: string | null };
}

const END: BlobPage = { entries: [], prefixes: [], marker: undefined };

/** Out of the answer's own text: the SDK's parser leaves references by number as they are, so that names change. */
export function page(answer: Answer): BlobPage {
  try {
    return scanListing(answer._response.bodyAsText ?? "");
  } catch (error) {
    if (!(error instanceof OddListing)) throw error;
  }
  const { blobItems = [], blobPrefixes = [] } = answer.segment;
  const marker = answer.continuationToken;
  return {
    entries: blobItems.map(entryOf),
    prefixes: blobPrefixes.map(({ name }) => name),
    marker: marker === undefined || marker === "" ? undefined : marker,
  };
}

function entryOf({ name, properties, metadata }: BlobItem): DriverListEntry {
  const { contentLength, etag, lastModified } = properties;
  const directory =
    ("resourceType" in properties && properties.resourceType === "directory") || metadata?.["hdi_isfolder"] === "true";
  return {
    key: name,
    size: contentLength ?? 0,
    etag: unquoteEtag(etag),
    lastModified,
    ...(directory ? { native: { resourceType: "directory" } } : {}),
  };
}

/** Up to 256 deletes in one request. */
export async function deleteBatch(
  container: ContainerClient,
  keys: readonly string[],
  call: DriverCall,
): Promise<(Error | undefined)[]> {
  const asked = { write: true };
  return guarded(call, { ...asked, container: true }, async ({ signal }) => {
    const batches = container.getBlobBatchClient();
    const batch = batches.createBatch();
    for (const key of keys) await batch.deleteBlob(container.getBlobClient(key));
    // `deleteBlobs` would do the same, and forget the signal.
    const answer = await batches.submitBatch(batch, { abortSignal: signal });
    return keys.map((_, index) => {
      const part = answer.subResponses[index];
      if (part === undefined) return sdkError(new Error("the batch's answer leaves this key out"), asked);
      if (part.status < 300) return undefined;
      const error = failure(
        {
          status: part.status,
          code: part.errorCode,
          message: /<Message>([^<]*)</.exec(part.bodyAsText ?? "")?.[1],
          requestId: part.headers.get("x-ms-request-id"),
          retryAfterMs: undefined,
        },
        asked,
      );
      return error.code === "NotFound" ? undefined : error;
    });
  });
}
