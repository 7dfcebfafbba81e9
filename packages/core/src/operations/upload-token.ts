import type { ObjectAttributes } from "../attributes/types.js";
import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";
import type { KnownUpload } from "./upload.js";

const TOKEN_VERSION = 1;

/** An upload as JSON text, for another process. */
export function formatUploadToken(upload: KnownUpload): string {
  const { key, id, partSize, attributes } = upload;
  return JSON.stringify({ v: TOKEN_VERSION, key, id, partSize, attributes });
}

/** The upload of a token; throws `InvalidArgument` for any other text. */
export function parseUploadToken(token: unknown): KnownUpload {
  if (typeof token !== "string") throw invalid(`an upload token is a string, not ${describe(token)}`);
  let value: unknown;
  try {
    value = JSON.parse(token);
  } catch {
    throw invalid("this is no upload token: not JSON");
  }
  if (!isRecord(value) || value["v"] !== TOKEN_VERSION) throw invalid("this is no upload token of this version");
  const { key, id, partSize, attributes } = value;
  const sized =
    partSize === undefined || (typeof partSize === "number" && Number.isSafeInteger(partSize) && partSize > 0);
  if (typeof key !== "string" || typeof id !== "string" || !sized || !isAttributes(attributes)) {
    throw invalid("this upload token is damaged");
  }
  return { key, id, partSize: typeof partSize === "number" ? partSize : undefined, attributes };
}

function isAttributes(value: unknown): value is ObjectAttributes {
  if (!isRecord(value) || !isRecord(value["metadata"])) return false;
  const { metadata, ...content } = value;
  return [...Object.values(metadata), ...Object.values(content)].every((text) => typeof text === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
