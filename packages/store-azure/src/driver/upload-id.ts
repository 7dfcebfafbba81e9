import { StoreError } from "@stowage/core";
import { randomBytes } from "node:crypto";

/**
 * Azure knows blocks, not uploads: which upload a block belongs to is written in its id. All ids of a blob must have one length,
 * whoever makes them; 48 bytes are what the SDKs and AzCopy use.
 *
 *     stowage.<upload id: 12 digits of time in ms, 20 random ones, hexadecimal><mark><7 characters>
 *
 * A part has the mark `-` and its number; a part of no bytes, which Azure takes no block for, has a block of one byte with the
 * mark `=` that is never committed. The upload itself is such a block too, staged by `begin`: its mark is `+`, followed by the
 * part size in base 36.
 */
const PREFIX = "stowage.";
const UPLOAD_ID = /^[0-9a-f]{32}$/;
const BLOCK = /^stowage\.([0-9a-f]{32})([-=+])([0-9a-z]{7})$/;
const TAIL = 7;

/** A new upload's id: unique, and telling when it began. */
export function newUploadId(now: number = Date.now()): string {
  return now.toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
}

/** When the upload began, in milliseconds since 1970. */
export function uploadTime(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16);
}

/** An id from a token, which may be anybody's. Throws `InvalidArgument`. */
export function checkUploadId(id: string): string {
  if (UPLOAD_ID.test(id)) return id;
  throw new StoreError({ code: "InvalidArgument", message: "this is no upload of an az:// store" });
}

export function partBlockId(uploadId: string, partNumber: number): string {
  return encode(`${PREFIX}${uploadId}-${String(partNumber).padStart(TAIL, "0")}`);
}

/** The block that stands for a part without bytes. */
export function emptyPartBlockId(uploadId: string, partNumber: number): string {
  return encode(`${PREFIX}${uploadId}=${String(partNumber).padStart(TAIL, "0")}`);
}

/** The block that stands for the upload. */
export function uploadBlockId(uploadId: string, partSize: number): string {
  return encode(`${PREFIX}${uploadId}+${partSize.toString(36).padStart(TAIL, "0")}`);
}

export type BlockMeaning =
  | { readonly uploadId: string; readonly partNumber: number; readonly empty: boolean }
  | { readonly uploadId: string; readonly partSize: number };

/** What a block id says; `undefined` for blocks of other tools. */
export function readBlockId(blockId: string): BlockMeaning | undefined {
  const match = BLOCK.exec(Buffer.from(blockId, "base64").toString("latin1"));
  const [, uploadId, mark, tail] = match ?? [];
  if (uploadId === undefined || tail === undefined) return undefined;
  return mark === "+"
    ? { uploadId, partSize: Number.parseInt(tail, 36) }
    : { uploadId, partNumber: Number.parseInt(tail, 10), empty: mark === "=" };
}

function encode(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
