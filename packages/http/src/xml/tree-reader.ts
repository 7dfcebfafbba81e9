import type { XmlElement } from "./parser.js";
import type { XmlEvent, XmlLeaf, XmlReader } from "./reader.js";

/** Walks the real parser's tree as the scan walks the text. */
export class TreeReader implements XmlReader {
  name = "";
  text = "";
  readonly #path: { readonly siblings: readonly XmlElement[]; next: number }[];

  constructor(root: XmlElement) {
    this.#path = [{ siblings: [root], next: 0 }];
  }

  leaf({ name }: XmlLeaf): string | undefined {
    const level = this.#path[this.#path.length - 1];
    const element = level?.siblings[level.next];
    if (level === undefined || element?.name !== name || element.children.length > 0) return undefined;
    level.next += 1;
    return element.text;
  }

  next(): XmlEvent {
    const level = this.#path[this.#path.length - 1];
    if (level === undefined) return "end";
    const element = level.siblings[level.next++];
    if (element === undefined) {
      this.#path.pop();
      return this.#path.length === 0 ? "end" : "close";
    }
    this.name = element.name;
    if (element.children.length === 0) {
      this.text = element.text;
      return "leaf";
    }
    this.#path.push({ siblings: element.children, next: 0 });
    return "open";
  }
}
