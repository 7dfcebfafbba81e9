import { CONTENT_ATTRIBUTE_BYTES_MAX, METADATA_BYTES_MAX } from "../constants/keys.js";
import { StoreError } from "../errors/index.js";
import { contentTypeOf } from "./content-type.js";
import { encodeHeaderText } from "./encoded-word.js";
import type { AttributeInput, ObjectAttributes } from "./types.js";

const metadataName = /^[A-Za-z0-9_.-]+$/;
const forbidden = /[\r\n\0]|\p{Cs}/u;
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:\s*;.*)?$/;
const empty: ObjectAttributes["metadata"] = Object.freeze({});

const contentNames = [
  "contentType",
  "cacheControl",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
] as const satisfies readonly (keyof AttributeInput)[];

/** Does the caller say anything about attributes? */
export function hasAttributes(input: AttributeInput): boolean {
  if (input.metadata !== undefined) return true;
  return contentNames.some((name) => input[name] !== undefined);
}

/**
 * Attributes as they are stored: names lower-cased, everything validated, the content type filled in from the key's extension.
 * Throws `InvalidArgument` with the reason.
 */
export function normalizeAttributes(key: string, input: AttributeInput): ObjectAttributes {
  if (!hasAttributes(input)) return { contentType: contentTypeOf(key), metadata: empty };
  const {
    contentType = contentTypeOf(key),
    cacheControl,
    contentDisposition,
    contentEncoding,
    contentLanguage,
  } = input;
  for (const name of contentNames) checkContentAttribute(name, input[name]);
  if (!mediaType.test(contentType))
    throw invalid(`contentType is a media type such as text/plain, not ${quote(contentType)}`);
  return {
    contentType,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    metadata: input.metadata === undefined ? empty : normalizeMetadata(input.metadata),
  };
}

function normalizeMetadata(input: unknown): ObjectAttributes["metadata"] {
  // A Map or Headers has its entries elsewhere: taken for a plain object it would lose them all.
  if (typeof input !== "object" || input === null || Symbol.iterator in input) {
    throw invalid("metadata is a plain object of strings");
  }
  const entries = new Map<string, string>();
  let bytes = 0;
  for (const [given, value] of Object.entries(input)) {
    // Before lower-casing: the Kelvin sign becomes a plain k by it.
    if (!metadataName.test(given)) {
      throw invalid(`a metadata name has letters, digits, '_', '.' and '-' only, not ${quote(given)}`);
    }
    const name = given.toLowerCase();
    if (entries.has(name)) throw invalid(`metadata names two entries ${quote(name)} that differ by case only`);
    if (typeof value !== "string") throw invalid(`metadata ${quote(name)} is a ${typeof value}; values are strings`);
    if (forbidden.test(value)) {
      throw invalid(`metadata ${quote(name)} holds CR, LF, NUL or a lone surrogate, which no service can store`);
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(encodeHeaderText(value));
    entries.set(name, value);
  }
  if (bytes > METADATA_BYTES_MAX) {
    throw invalid(`metadata takes ${bytes} bytes encoded; the portable limit is ${METADATA_BYTES_MAX}`);
  }
  // fromEntries defines its properties, so that a name like __proto__ is a plain entry.
  return entries.size === 0 ? empty : Object.freeze(Object.fromEntries(entries));
}

function checkContentAttribute(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "string") throw invalid(`${name} is a string, not ${typeof value}`);
  if (value === "") throw invalid(`${name} must not be empty; leave it out instead`);
  if (forbidden.test(value)) throw invalid(`${name} holds CR, LF, NUL or a lone surrogate, which no service can store`);
  if (value !== value.trim()) throw invalid(`${name} must not begin or end with white space`);
  if (Buffer.byteLength(encodeHeaderText(value)) > CONTENT_ATTRIBUTE_BYTES_MAX) {
    throw invalid(`${name} takes more than ${CONTENT_ATTRIBUTE_BYTES_MAX} bytes encoded`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
