import { decodeXml } from "./entities.js";

export interface XmlElement {
  /** Local name, without a namespace prefix. */
  readonly name: string;
  readonly children: XmlElement[];
  /** Text and CDATA directly inside, in order. */
  text: string;
}

/** The document is not well-formed. */
export class MalformedXml extends Error {}

const NAME_START = /[A-Za-z_:\u0080-\uffff]/y;
const NAME = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y;
const ATTRIBUTE = /\s+[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*\s*=\s*(?:"[^"<]*"|'[^'<]*')/y;
const TAG_END = /\s*(\/?)>/y;
const SPACE = /\s*/y;

/**
 * A well-formed document as a tree: declarations, comments, processing instructions, CDATA, attributes (read, not kept),
 * prefixes (dropped), references, line ends as XML 1.0 wants them. A document type is refused: no service sends one, and it is
 * what entity attacks are made of. Throws {@link MalformedXml}.
 */
export function parseXml(source: string): XmlElement {
  const xml = source.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const root: XmlElement = { name: "", children: [], text: "" };
  const open: { readonly element: XmlElement; readonly tag: string }[] = [{ element: root, tag: "" }];
  let position = 0;
  while (position < xml.length) {
    const current = open[open.length - 1];
    if (current === undefined) throw new MalformedXml("more end tags than start tags");
    const lt = xml.indexOf("<", position);
    const text = xml.slice(position, lt === -1 ? undefined : lt);
    if (text !== "") addText(current.element, root, decodeXml(text));
    if (lt === -1) break;
    position = markup(xml, lt, current, root, open);
  }
  const top = root.children[0];
  if (open.length !== 1 || root.children.length !== 1 || top === undefined)
    throw new MalformedXml("unfinished document");
  return top;
}

type Open = { readonly element: XmlElement; readonly tag: string }[];

function markup(xml: string, lt: number, current: Open[number], root: XmlElement, open: Open): number {
  if (xml.startsWith("<!--", lt)) return after(xml, "-->", lt + 4);
  if (xml.startsWith("<?", lt)) return after(xml, "?>", lt + 2);
  if (xml.startsWith("<![CDATA[", lt)) {
    const end = after(xml, "]]>", lt + 9);
    addText(current.element, root, xml.slice(lt + 9, end - 3));
    return end;
  }
  if (xml.startsWith("<!", lt)) throw new MalformedXml("a document type is not accepted");
  if (xml.startsWith("</", lt)) {
    const name = match(NAME, xml, lt + 2);
    const end = match(TAG_END, xml, lt + 2 + name.length);
    if (name !== current.tag || end.includes("/")) throw new MalformedXml(`</${name}> ends nothing`);
    open.pop();
    return lt + 2 + name.length + end.length;
  }
  if (!matches(NAME_START, xml, lt + 1)) throw new MalformedXml("a stray <");
  return element(xml, lt, current.element, root, open);
}

function element(xml: string, lt: number, parent: XmlElement, root: XmlElement, open: Open): number {
  const tag = match(NAME, xml, lt + 1);
  let position = lt + 1 + tag.length;
  while (matches(ATTRIBUTE, xml, position)) position = ATTRIBUTE.lastIndex;
  const end = match(TAG_END, xml, position);
  const child: XmlElement = { name: tag.slice(tag.indexOf(":") + 1), children: [], text: "" };
  if (parent === root && root.children.length > 0) throw new MalformedXml("a second root element");
  parent.children.push(child);
  if (!end.includes("/")) open.push({ element: child, tag });
  return position + end.length;
}

function addText(element: XmlElement, root: XmlElement, text: string): void {
  if (element !== root) element.text += text;
  else if (match(SPACE, text, 0).length !== text.length) throw new MalformedXml("text outside the root element");
}

function after(xml: string, mark: string, from: number): number {
  const index = xml.indexOf(mark, from);
  if (index === -1) throw new MalformedXml(`no ${mark}`);
  return index + mark.length;
}

function matches(pattern: RegExp, xml: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(xml);
}

function match(pattern: RegExp, xml: string, at: number): string {
  pattern.lastIndex = at;
  const found = pattern.exec(xml);
  if (found === null) throw new MalformedXml("a tag that does not end");
  return found[0];
}
