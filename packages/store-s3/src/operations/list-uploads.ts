import { StoreError } from "@stowage/core";
import type { DriverCall, DriverPart, DriverUpload, DriverUploadSummary } from "@stowage/core";
import { CHECKSUM_ALGORITHMS, decodePercent, unquoteEtag } from "@stowage/http";
import { callOptions, customerKeyInput } from "../call-options.js";
import type { Bucket } from "./bucket.js";
import { commonInput, sdkCall } from "./sdk-call.js";
import { joinUploadId, uploadIdParts } from "./upload-id.js";

/** Parts uploaded so far, ascending, whatever number of pages they come in. */
export async function listParts(
  bucket: Bucket,
  upload: DriverUpload,
  call: DriverCall,
): Promise<readonly DriverPart[]> {
  const { connection } = bucket;
  const { uploadId, algorithm } = uploadIdParts(upload.id);
  const parts: DriverPart[] = [];
  let marker: string | undefined;
  do {
    const page = await sdkCall(connection, call, (client, sdk, how) =>
      client.send(
        new sdk.ListPartsCommand({
          ...commonInput(connection),
          Key: upload.key,
          UploadId: uploadId,
          ...customerKeyInput(callOptions(call.native)),
          ...(marker === undefined ? {} : { PartNumberMarker: marker }),
        }),
        how,
      ),
    );
    for (const part of page.Parts ?? []) {
      const checksum = algorithm === undefined ? undefined : part[`Checksum${algorithm}`];
      parts.push({
        partNumber: part.PartNumber ?? 0,
        size: part.Size ?? 0,
        etag: unquoteEtag(part.ETag ?? ""),
        ...(checksum === undefined ? {} : { native: { checksum } }),
      });
    }
    const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    if (next !== undefined && next === marker) throw endless("parts");
    marker = next;
  } while (marker !== undefined);
  return parts.toSorted((a, b) => a.partNumber - b.partNumber);
}

/** Uploads neither completed nor aborted, by key prefix, page by page. */
export async function* listUploads(
  bucket: Bucket,
  call: DriverCall & { readonly prefix: string },
  encodedSilently: boolean,
): AsyncGenerator<DriverUploadSummary, undefined, undefined> {
  const { connection } = bucket;
  let marker: { readonly KeyMarker: string; readonly UploadIdMarker?: string } | undefined;
  do {
    const page = await sdkCall(connection, call, (client, sdk, how) =>
      client.send(
        new sdk.ListMultipartUploadsCommand({
          ...commonInput(connection),
          EncodingType: "url",
          ...(call.prefix === "" ? {} : { Prefix: call.prefix }),
          ...marker,
        }),
        how,
      ),
    );
    const decode = (key: string): string =>
      page.EncodingType === "url" || encodedSilently ? decodePercent(key.replaceAll("+", "%20")) : key;
    for (const upload of page.Uploads ?? []) {
      if (upload.Key === undefined || upload.UploadId === undefined) continue;
      const algorithm = CHECKSUM_ALGORITHMS.find((name) => name === upload.ChecksumAlgorithm);
      yield {
        key: decode(upload.Key),
        id: joinUploadId(upload.UploadId, algorithm),
        initiated: upload.Initiated,
        partSize: undefined,
      };
    }
    const last = marker;
    const { NextKeyMarker: key, NextUploadIdMarker: id } = page;
    const more = page.IsTruncated === true && key !== undefined && key !== "";
    marker = more
      ? { KeyMarker: decode(key), ...(id === undefined || id === "" ? {} : { UploadIdMarker: id }) }
      : undefined;
    if (marker !== undefined && marker.KeyMarker === last?.KeyMarker && marker.UploadIdMarker === last.UploadIdMarker) {
      throw endless("uploads");
    }
  } while (marker !== undefined);
}

function endless(what: string): StoreError {
  return new StoreError({
    code: "Internal",
    message: `the service continues its list of ${what} where it began: it would never end`,
  });
}
