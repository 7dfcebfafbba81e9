import { isAscii } from "node:buffer";
import { StoreError } from "@stowage/core";
import { UnknownEntity } from "./entities.js";
import { MalformedXml, parseXml } from "./parser.js";
import type { XmlReader } from "./reader.js";
import { OddXml, ScanReader } from "./scan-reader.js";
import { TreeReader } from "./tree-reader.js";

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/**
 * Reads a document with `consume`, by scanning. When the scan meets anything out of the ordinary, `consume` runs anew over the
 * real parser's tree: it must build its result from nothing but its reader. Throws `Unavailable` (retryable: a broken answer
 * is a broken transmission until proven otherwise) when the document is not well-formed.
 */
export function readXml<Result>(document: Uint8Array | string, consume: (reader: XmlReader) => Result): Result {
  try {
    return whole(new ScanReader(scannable(document)), consume);
  } catch (error) {
    if (!(error instanceof OddXml || error instanceof UnknownEntity)) throw error;
  }
  try {
    return whole(new TreeReader(parseXml(textOf(document))), consume);
  } catch (error) {
    if (!(error instanceof MalformedXml || error instanceof UnknownEntity)) throw error;
    throw new StoreError({
      code: "Unavailable",
      message: `The service's answer is not well-formed XML (${error.message}).`,
      cause: error,
    });
  }
}

function textOf(document: Uint8Array | string): string {
  return typeof document === "string" ? document : utf8.decode(document);
}

function scannable(document: Uint8Array | string): string | Buffer {
  if (typeof document === "string" || !isAscii(document)) return textOf(document);
  return Buffer.from(document.buffer, document.byteOffset, document.byteLength);
}

/** Reads on to the end, so that a document cut after what was wanted is not taken for a whole one. */
function whole<Result>(reader: XmlReader, consume: (reader: XmlReader) => Result): Result {
  const result = consume(reader);
  while (reader.next() !== "end") continue;
  return result;
}
