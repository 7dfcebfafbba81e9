/**
 * - `open`: an element that has child elements, named `name`;
 * - `leaf`: an element that holds text only (perhaps none), named `name`, with `text`;
 * - `close`: the end of the innermost open element;
 * - `end`: the end of the document.
 */
export type XmlEvent = "open" | "leaf" | "close" | "end";

/** A leaf that is looked for by name. */
export interface XmlLeaf {
  readonly name: string;
  readonly open: string;
  readonly close: string;
}

export function xmlLeaf(name: string): XmlLeaf {
  return { name, open: `<${name}>`, close: `</${name}>` };
}

/** Walks a document of elements and text. Attributes, comments and white space between elements are not seen. */
export interface XmlReader {
  next(): XmlEvent;
  /**
   * Inside an element: the text of the next leaf if that is its name, and it is passed over; else `undefined`, and it is still to
   * come. For documents that repeat one order a thousand times: half of what `next` costs. May not see what `next` does.
   */
  leaf(wanted: XmlLeaf): string | undefined;
  /** Local name, without a namespace prefix, of the last `open` or `leaf`. */
  readonly name: string;
  /** Text of the last `leaf`, references replaced, otherwise exactly as sent. */
  readonly text: string;
}

/** After `open`: moves past the matching `close`. */
export function skipElement(reader: XmlReader): void {
  let depth = 1;
  while (depth > 0) {
    const event = reader.next();
    if (event === "open") depth += 1;
    else if (event === "close") depth -= 1;
    else if (event === "end") return;
  }
}

/** After `open`: the texts of the element's leaves by name (the last of each), nested elements left out. */
export function readLeaves(reader: XmlReader): Map<string, string> {
  const leaves = new Map<string, string>();
  for (;;) {
    const event = reader.next();
    if (event === "leaf") leaves.set(reader.name, reader.text);
    else if (event === "open") skipElement(reader);
    else return leaves;
  }
}
