import {
  AZURE_BATCH_MAX,
  AZURE_BLOCK_SIZE_MAX,
  AZURE_BLOCKS_MAX,
  AZURE_LIST_PAGE_MAX,
  AZURE_SINGLE_PUT_MAX,
} from "@stowage/core";
import type { DriverCapabilities, Feature } from "@stowage/core";
import type { Connection } from "../options/connection.js";
import type { Transport } from "../options/options.js";

const NATIVE: readonly Feature[] = [
  "conditionalRead",
  "createOnly",
  "replaceIf",
  "deleteIf",
  "copyCreateOnly",
  "attributes",
  "multipart",
  "listParts",
  "listUploads",
  "getInto",
  "deleteMany",
  "copy",
];

/** What a store on Azure can do; with less than a key or a token it cannot sign for others. */
export function azureCapabilities({ credential }: Connection, transport: Transport): DriverCapabilities {
  const signs = credential.kind === "sharedKey" || credential.kind === "token";
  return {
    native: signs ? [...NATIVE, "presign"] : NATIVE,
    unsupported: signs ? ["versions"] : ["versions", "presign"],
    listOrder: "utf16",
    // Azure takes longer ones, but not in accounts with a hierarchical namespace.
    delimiters: "slash",
    etag: "strong",
    multipart: { concurrent: "first", abortReclaims: false, unequalParts: true },
    keys: {
      emptySegments: true,
      trailingSlash: true,
      objectAndPrefix: true,
      distinctSpellings: true,
      serviceKeys: true,
    },
    limits: {
      objectBytes: AZURE_BLOCK_SIZE_MAX * AZURE_BLOCKS_MAX,
      writeBytes: AZURE_SINGLE_PUT_MAX,
      partBytesMax: AZURE_BLOCK_SIZE_MAX,
      parts: AZURE_BLOCKS_MAX,
      deleteBatch: AZURE_BATCH_MAX,
      listPage: AZURE_LIST_PAGE_MAX,
    },
    notes: { credential: credential.kind, transport },
  };
}
