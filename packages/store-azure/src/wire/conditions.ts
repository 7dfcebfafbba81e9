import type { ReadConditions, WriteConditions } from "@stowage/core";
import { formatHttpDate, quoteEtag } from "@stowage/http";
import type { Header } from "../auth/signer.js";

/** Conditions of a read as headers. */
export function readConditionHeaders(conditions: ReadConditions | undefined): Header[] {
  if (conditions === undefined) return [];
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const headers: Header[] = [];
  if (ifMatch !== undefined) headers.push(["if-match", quoteEtag(ifMatch)]);
  if (ifNoneMatch !== undefined) headers.push(["if-none-match", quoteEtag(ifNoneMatch)]);
  // As HTTP has it, a date does not count beside an etag; Azure would judge both.
  if (ifModifiedSince !== undefined && ifNoneMatch === undefined) {
    headers.push(["if-modified-since", formatHttpDate(ifModifiedSince)]);
  }
  if (ifUnmodifiedSince !== undefined && ifMatch === undefined) {
    headers.push(["if-unmodified-since", formatHttpDate(ifUnmodifiedSince)]);
  }
  return headers;
}

/** Conditions of a write as headers. */
export function writeConditionHeaders(conditions: WriteConditions | undefined): Header[] {
  if (conditions?.ifNoneMatch !== undefined) return [["if-none-match", "*"]];
  if (conditions?.ifMatch !== undefined) return [["if-match", quoteEtag(conditions.ifMatch)]];
  return [];
}
