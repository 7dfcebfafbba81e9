import type { ReadConditions, WriteConditions } from "@stowage/core";
import { formatHttpDate, quoteEtag } from "@stowage/http";

/** Conditions of a read; names and values in turn. */
export function readConditionHeaders(conditions: ReadConditions | undefined): string[] {
  if (conditions === undefined) return [];
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const headers: string[] = [];
  if (ifMatch !== undefined) headers.push("if-match", quoteEtag(ifMatch));
  if (ifNoneMatch !== undefined) headers.push("if-none-match", quoteEtag(ifNoneMatch));
  if (ifModifiedSince !== undefined) headers.push("if-modified-since", formatHttpDate(ifModifiedSince));
  if (ifUnmodifiedSince !== undefined) headers.push("if-unmodified-since", formatHttpDate(ifUnmodifiedSince));
  return headers;
}

/** Conditions of a write; `bareEtag` for services that compare the header with the etag as it is. */
export function writeConditionHeaders(conditions: WriteConditions | undefined, bareEtag: boolean): string[] {
  if (conditions === undefined) return [];
  if (conditions.ifNoneMatch !== undefined) return ["if-none-match", "*"];
  if (conditions.ifMatch === undefined) return [];
  return ["if-match", bareEtag ? conditions.ifMatch : quoteEtag(conditions.ifMatch)];
}
