import type { DriverListEntry } from "@stowage/core";
import { decodeXml } from "@stowage/http";
import type { BlobPage } from "../driver/operations.js";
import { ByteWindows, TextWindow } from "./text-windows.js";
import type { TextWindows } from "./text-windows.js";

/** The answer holds something that the scan does not know: a real parser has to read it. */
export class OddListing extends Error {}

const BLOB = "<Blob>";
const BLOB_END = "</Blob>";
const PREFIX = "<BlobPrefix>";
const PREFIX_END = "</BlobPrefix>";
const NAME = "<Name>";
const NAME_END = "</Name>";
const ENCODED_NAME = '<Name Encoded="true">';
const BLOBS = "<Blobs>";
const BLOBS_END = "</Blobs>";
const MODIFIED = "<Last-Modified>";
const ETAG = "<Etag>";
const LENGTH = "<Content-Length>";
const DIRECTORY = "<ResourceType>directory</ResourceType>";
const MARKER = "<NextMarker>";

/**
 * An answer of List Blobs, read forwards once: of every blob only name, size, etag and date are looked for, by their tags, within
 * the blob's own bounds. Text holds no raw `<` in XML, so a tag is a tag. Throws {@link OddListing} rather than guess.
 */
export function scanListing(document: Uint8Array | string): BlobPage {
  const entries: DriverListEntry[] = [];
  const prefixes: string[] = [];
  const windows: TextWindows = typeof document === "string" ? new TextWindow(document) : new ByteWindows(document);
  let xml = checked(windows.next(0));
  let position = xml.indexOf(BLOBS);
  if (position === -1) {
    if (!/<Blobs\s*\/>/.test(xml)) throw new OddListing("no <Blobs>");
    return { entries, prefixes, marker: markerAfter(xml, 0) };
  }
  position += BLOBS.length;
  for (;;) {
    position = skipSpace(xml, position);
    const end = xml.startsWith(BLOB, position) ? xml.indexOf(BLOB_END, position) : xml.indexOf(PREFIX_END, position);
    if (!windows.last && (end === -1 || xml.startsWith(BLOBS_END, position))) {
      xml = checked(windows.next(position));
      position = 0;
    } else if (xml.startsWith(BLOBS_END, position)) {
      return { entries, prefixes, marker: markerAfter(xml, position) };
    } else if (end !== -1 && xml.startsWith(BLOB, position)) {
      entries.push(scanBlob(windows, xml, position + BLOB.length, end));
      position = end + BLOB_END.length;
    } else if (end !== -1 && xml.startsWith(PREFIX, position)) {
      prefixes.push(scanName(windows, xml, position + PREFIX.length, end).text);
      position = end + PREFIX_END.length;
    } else {
      throw new OddListing("an element that is neither a blob nor a prefix, or an unfinished one");
    }
  }
}

function checked(xml: string): string {
  if (xml.includes("<!")) throw new OddListing("CDATA, a comment or a document type");
  return xml;
}

function scanBlob(windows: TextWindows, xml: string, start: number, end: number): DriverListEntry {
  const name = scanName(windows, xml, start, end);
  const lastModified = parseListDate(textOf(xml, MODIFIED, name.end, end));
  const etag = etagOf(windows, xml, name.end, end);
  const length = textOf(xml, LENGTH, name.end, end);
  const size = Number(length);
  if (length === "" || !Number.isSafeInteger(size) || size < 0) throw new OddListing("a size that is none");
  const entry = { key: name.text, size, etag, lastModified };
  // Directories of accounts with a hierarchical namespace are listed as objects of no size.
  if (size === 0 && within(xml, DIRECTORY, name.end, end)) return { ...entry, native: { resourceType: "directory" } };
  return entry;
}

function scanName(
  windows: TextWindows,
  xml: string,
  from: number,
  end: number,
): { readonly text: string; readonly end: number } {
  const start = skipSpace(xml, from);
  const encoded = xml.startsWith(ENCODED_NAME, start);
  if (!encoded && !xml.startsWith(NAME, start)) throw new OddListing("no name in front");
  const first = start + (encoded ? ENCODED_NAME.length : NAME.length);
  const last = xml.indexOf(NAME_END, first);
  if (last === -1 || last > end) throw new OddListing("an unfinished name");
  const text = plainText(windows.copy(first, last));
  return { text: encoded ? decodeName(text) : text, end: last };
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OddListing("an encoded name that is malformed");
  }
}

function textOf(xml: string, tag: string, from: number, end: number): string {
  const start = xml.indexOf(tag, from);
  if (start === -1 || start > end) throw new OddListing(`no ${tag}`);
  const first = start + tag.length;
  return plainText(xml.slice(first, xml.indexOf("<", first)));
}

function etagOf(windows: TextWindows, xml: string, from: number, end: number): string {
  const start = xml.indexOf(ETAG, from);
  if (start === -1 || start > end) throw new OddListing(`no ${ETAG}`);
  const first = start + ETAG.length;
  const etag = plainText(windows.copy(first, xml.indexOf("<", first)));
  return etag.startsWith('"') ? etag.slice(1, -1) : etag;
}

function within(xml: string, tag: string, from: number, end: number): boolean {
  const index = xml.slice(from, end).indexOf(tag);
  return index !== -1;
}

function plainText(text: string): string {
  if (text.includes("\r")) throw new OddListing("a line end that XML would change");
  if (!text.includes("&")) return text;
  try {
    return decodeXml(text);
  } catch {
    throw new OddListing("an unknown reference");
  }
}

function markerAfter(xml: string, from: number): string | undefined {
  const start = xml.indexOf(MARKER, from);
  if (start === -1) return undefined;
  const marker = plainText(xml.slice(start + MARKER.length, indexOf(xml, "<", start + MARKER.length)));
  return marker === "" ? undefined : marker;
}

function indexOf(xml: string, text: string, from: number): number {
  const index = xml.indexOf(text, from);
  if (index === -1) throw new OddListing(`no ${text}`);
  return index;
}

function skipSpace(xml: string, from: number): number {
  let position = from;
  for (;;) {
    const unit = xml.charCodeAt(position);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return position;
    position += 1;
  }
}

/** RFC 1123, as the service writes it; `Date.parse` of the same costs four times as much. */
function parseListDate(text: string): Date {
  if (text.length === 29) {
    const month = MONTHS.indexOf(text.slice(8, 11)) / 3;
    const time = Date.UTC(
      Number(text.slice(12, 16)),
      month,
      Number(text.slice(5, 7)),
      Number(text.slice(17, 19)),
      Number(text.slice(20, 22)),
      Number(text.slice(23, 25)),
    );
    if (Number.isInteger(month) && month >= 0 && !Number.isNaN(time)) return new Date(time);
  }
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new OddListing("a date that is none");
  return new Date(time);
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
