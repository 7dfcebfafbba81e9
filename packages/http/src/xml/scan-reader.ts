import { XML_WINDOW, XML_WINDOW_MARGIN } from "@stowage/core";
import { decodeXml } from "./entities.js";
import type { XmlEvent, XmlLeaf, XmlReader } from "./reader.js";

/** The document uses something that the scan does not know; the real parser has to read it. */
export class OddXml extends Error {}

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;

/**
 * Reads the XML that object services send in practice, without building anything: elements without attributes (but the root),
 * text, the usual references. Whatever else it meets it throws {@link OddXml} for, rather than guess.
 */
export class ScanReader implements XmlReader {
  name = "";
  text = "";
  /** The document or, of one in ASCII bytes, a window onto it: one string of a large document costs more than reading it. */
  #xml: string;
  #position: number;
  readonly #bytes: Buffer | undefined;
  /** Where the window ends in the bytes. */
  #windowEnd = 0;
  /** The end of the document is in view. */
  #last: boolean;
  readonly #open: string[] = [];
  #started = false;

  /** `document`: text, or its bytes if all of them are ASCII. */
  constructor(document: string | Buffer) {
    if (hasMarkup(document)) throw new OddXml("needs the real parser");
    if (typeof document === "string") {
      this.#xml = document;
      this.#last = true;
    } else {
      this.#bytes = document;
      this.#windowEnd = Math.min(XML_WINDOW, document.byteLength);
      this.#xml = document.toString("latin1", 0, this.#windowEnd);
      this.#last = this.#windowEnd === document.byteLength;
    }
    const xml = this.#xml;
    const prolog = xml.startsWith("<?xml") ? xml.indexOf("?>") : -2;
    if (prolog === -1) throw new OddXml("unfinished declaration");
    this.#position = prolog + 2;
  }

  next(): XmlEvent {
    if (!this.#last && this.#xml.length - this.#position < XML_WINDOW_MARGIN) this.#moveWindow();
    const xml = this.#xml;
    const start = this.#skipSpace(this.#position);
    if (start >= xml.length) {
      if (!this.#last || !this.#started || this.#open.length > 0) throw new OddXml("unfinished document");
      return "end";
    }
    if (xml.charCodeAt(start) !== LT) throw new OddXml("text beside elements");
    if (xml.charCodeAt(start + 1) === SLASH) return this.#close(start);
    return this.#element(start);
  }

  leaf({ open, close }: XmlLeaf): string | undefined {
    if (!this.#last && this.#xml.length - this.#position < XML_WINDOW_MARGIN) this.#moveWindow();
    const xml = this.#xml;
    const start = this.#skipSpace(this.#position);
    if (!xml.startsWith(open, start)) return undefined;
    const from = start + open.length;
    const end = xml.indexOf("<", from);
    if (end === -1 || !xml.startsWith(close, end)) return undefined;
    this.#position = end + close.length;
    return decodeXml(xml.slice(from, end));
  }

  /** On to where the reader stands. What one step reads fits into the margin, or is out of the ordinary. */
  #moveWindow(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    const start = this.#windowEnd - this.#xml.length + this.#position;
    this.#windowEnd = Math.min(start + XML_WINDOW, bytes.byteLength);
    this.#xml = bytes.toString("latin1", start, this.#windowEnd);
    this.#position = 0;
    this.#last = this.#windowEnd === bytes.byteLength;
  }

  #close(start: number): XmlEvent {
    const name = this.#open.pop();
    if (name === undefined || !this.#xml.startsWith(`${name}>`, start + 2)) throw new OddXml("unmatched end tag");
    this.#position = start + name.length + 3;
    return "close";
  }

  #element(start: number): XmlEvent {
    const xml = this.#xml;
    const end = xml.indexOf(">", start + 1);
    const usual = usualName(xml, start + 1, end);
    if (usual !== undefined && this.#open.length > 0) return this.#content(usual, end);
    if (end === -1 || (this.#started && this.#open.length === 0)) throw new OddXml("unfinished or second root");
    let name = xml.slice(start + 1, end);
    if (!this.#started) {
      const space = name.indexOf(" ");
      // A quoted `>` would have ended the tag early; the real parser knows better.
      if (space !== -1 && (name.split('"').length % 2 === 0 || name.endsWith("/"))) throw new OddXml("attributes");
      if (space !== -1) name = name.slice(0, space);
      this.#started = true;
    }
    if (name.endsWith("/")) {
      this.#position = end + 1;
      return this.#leaf(plainName(name.slice(0, -1)), "");
    }
    return this.#content(plainName(name), end);
  }

  /** What follows a start tag that ends at `end`. */
  #content(name: string, end: number): XmlEvent {
    const xml = this.#xml;
    const next = xml.indexOf("<", end + 1);
    if (next === -1) throw new OddXml("unfinished element");
    if (xml.charCodeAt(next + 1) === SLASH) {
      const close = next + 2 + name.length;
      if (!xml.startsWith(name, next + 2) || xml.charCodeAt(close) !== GT) throw new OddXml("unmatched end tag");
      this.#position = close + 1;
      return this.#leaf(name, xml.slice(end + 1, next));
    }
    if (this.#skipSpace(end + 1) !== next) throw new OddXml("mixed content");
    this.#position = next;
    this.name = name;
    this.#open.push(name);
    return "open";
  }

  #leaf(name: string, text: string): XmlEvent {
    this.name = name;
    this.text = decodeXml(text);
    return "leaf";
  }

  #skipSpace(from: number): number {
    let position = from;
    for (;;) {
      const code = this.#xml.charCodeAt(position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x09) return position;
      position += 1;
    }
  }
}

/** Line ends to be made one, comments, CDATA, a document type. Looked for by one character each, which is how memory is searched fast. */
function hasMarkup(document: string | Buffer): boolean {
  if (document.includes("\r")) return true;
  for (let at = document.indexOf("!"); at !== -1; at = document.indexOf("!", at + 1)) {
    const before = typeof document === "string" ? document.charCodeAt(at - 1) : document[at - 1];
    if (before === LT) return true;
  }
  return false;
}

const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/;

function plainName(name: string): string {
  if (!NAME.test(name)) throw new OddXml("attributes, prefixes or instructions");
  const slot = slotOf(name.charCodeAt(0), name.length);
  // Bounded: a letter and a length each have one place.
  if (name.length < LENGTHS) usualNames[slot] ??= ownText(name);
  return name;
}

/** The same text as a property name has it: not a view that keeps the document alive, and quick to compare. */
function ownText(name: string): string {
  return Object.keys({ [name]: true })[0] ?? name;
}

/** Met names by first character and length: most start tags are recognised without making a string of them. */
const usualNames: (string | undefined)[] = [];
const LENGTHS = 64;

function slotOf(first: number, length: number): number {
  return first * LENGTHS + length;
}

function usualName(xml: string, start: number, end: number): string | undefined {
  const length = end - start;
  if (length < 1 || length >= LENGTHS) return undefined;
  const name = usualNames[slotOf(xml.charCodeAt(start), length)];
  return name !== undefined && xml.startsWith(name, start) ? name : undefined;
}
