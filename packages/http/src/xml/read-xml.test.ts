import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeXml, isXmlText } from "./entities.js";
import { readXml } from "./read-xml.js";
import { readLeaves, skipElement, xmlLeaf } from "./reader.js";
import type { XmlReader } from "./reader.js";

/** The document as nested plain values, read through the public reader. */
function tree(reader: XmlReader): unknown {
  const event = reader.next();
  if (event === "leaf") return { [reader.name]: reader.text };
  const { name } = reader;
  const children: unknown[] = [];
  for (;;) {
    const next = reader.next();
    if (next === "close" || next === "end") return { [name]: children };
    children.push(next === "leaf" ? { [reader.name]: reader.text } : subtree(reader));
  }
}

function subtree(reader: XmlReader): unknown {
  const { name } = reader;
  const children: unknown[] = [];
  for (;;) {
    const event = reader.next();
    if (event === "close") return { [name]: children };
    children.push(event === "leaf" ? { [reader.name]: reader.text } : subtree(reader));
  }
}

const plain =
  '<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="http://s3/"><B>x &amp; y&#10;</B><C><D/><E></E></C>\n</A>';
const expected = { A: [{ B: "x & y\n" }, { C: [{ D: "" }, { E: "" }] }] };

describe("reading a document", () => {
  it("gives elements and texts, references replaced", () => {
    expect(readXml(plain, tree)).toEqual(expected);
  });

  it.each([
    ["comments", plain.replace("<B>", "<!-- <B>no</B> --><B>")],
    ["CDATA", plain.replace("x &amp; y&#10;", "<![CDATA[x & y]]>&#10;")],
    ["prefixes", plain.replaceAll("<B>", "<s3:B>").replaceAll("</B>", "</s3:B>")],
    ["attributes", plain.replace("<B>", "<B xsi:type='a>b' id=\"1\">")],
    ["processing instructions", plain.replace("<B>", "<?php no ?><B>")],
    ["carriage returns", plain.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${plain}`],
    ["spaces inside tags", plain.replace("</B>", "</B >").replace("<D/>", "<D />")],
    ["no declaration", plain.slice(plain.indexOf("<A"))],
  ])("gives the same for a document with %s", (_, document) => {
    expect(readXml(document, tree)).toEqual(expected);
    expect(readXml(Buffer.from(document), tree)).toEqual(expected);
  });

  it("keeps white space and raw text of a leaf exactly", () => {
    expect(readXml("<A><K>  a\tb\n </K></A>", tree)).toEqual({ A: [{ K: "  a\tb\n " }] });
  });

  it("reads characters by number, also those that XML forbids", () => {
    expect(readXml("<A><K>&#1;&#x1F600;&#x20;</K></A>", tree)).toEqual({ A: [{ K: "\u0001😀 " }] });
  });

  it.each([
    "",
    "plain text",
    "<A>",
    "<A><B></A></B>",
    "<A/><B/>",
    "<A>&nope;</A>",
    "<A>&amp</A>",
    "<A",
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "<A>x</A>y",
    "<A></B>",
  ])("is Unavailable for %j", (document) => {
    expect(() => readXml(document, tree)).toThrow(expect.objectContaining({ code: "Unavailable", retryable: true }));
  });

  it("gives the same for a large document, wherever its windows end, and for elements larger than one", () => {
    const leaf = fc.tuple(fc.constantFrom("Key", "ETag", "A"), fc.nat({ max: 3000 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 60, maxLength: 200 }), fc.nat({ max: 90_000 }), (leaves, huge) => {
        const parts = leaves.map(
          ([name, size, space]) => `<${name}>${"x&amp;".repeat(size / 6)}</${name}>${space ? "\n" : ""}`,
        );
        const document = `<L>${parts.join("")}<Huge>${"y".repeat(huge)}</Huge>${parts.join("")}</L>`;
        expect(readXml(Buffer.from(document), tree)).toEqual(readXml(document, tree));
        expect(() => readXml(Buffer.from(document.slice(0, -1)), tree)).toThrow();
      }),
      { numRuns: 30 },
    );
  });

  it("passes on what the consumer throws", () => {
    const mine = new Error("mine");
    expect(() =>
      readXml(plain, () => {
        throw mine;
      }),
    ).toThrow(mine);
  });

  it("round-trips every text that XML can carry", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => isXmlText(text) && text.isWellFormed()),
        (text) => {
          expect(readXml(`<A><K>${escapeXml(text)}</K></A>`, tree)).toEqual({ A: [{ K: text }] });
        },
      ),
    );
  });

  it("the scan and the real parser agree on every document", () => {
    const element = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.record({ name: fc.constantFrom("Key", "Size", "Owner"), text: fc.string() }),
        fc.record({ name: fc.constantFrom("Contents", "List"), children: fc.array(tie("node"), { minLength: 1 }) }),
      ),
    })).node;
    const render = (node: unknown): string => {
      if (typeof node !== "object" || node === null || !("name" in node)) return "";
      const name = String(node.name);
      if ("children" in node && Array.isArray(node.children))
        return `<${name}>${node.children.map(render).join("\n")}</${name}>`;
      return `<${name}>${"text" in node ? escapeXml(String(node.text)) : ""}</${name}>`;
    };
    fc.assert(
      fc.property(
        element.filter((node) => isXmlText(JSON.stringify(node)) && isXmlText(render(node))),
        (node) => {
          const document = render(node);
          expect(readXml(`<!--odd-->${document}`, tree)).toEqual(readXml(document, tree));
        },
      ),
    );
  });
});

describe("helpers", () => {
  it("leaf gives the next leaf if it has that name, however it is written, and leaves any other to come", () => {
    const documents = [
      "<A>\n <B>1 &lt; 2</B><C/><B>3</B><D><B>no</B></D></A>",
      "<A><B>1 &lt; 2</B><!-- --><C></C><x:B>3</x:B><D><B>no</B></D></A>",
    ];
    for (const document of documents) {
      const seen = readXml(Buffer.from(document), (reader) => {
        reader.next();
        const early = reader.leaf(xmlLeaf("C"));
        const first = reader.leaf(xmlLeaf("B"));
        const rest: unknown[] = [];
        for (let event = reader.next(); event !== "end"; event = reader.next()) rest.push([event, reader.name]);
        return [early, first, ...rest];
      });
      expect(seen).toEqual([
        undefined,
        "1 < 2",
        ["leaf", "C"],
        ["leaf", "B"],
        ["open", "D"],
        ["leaf", "B"],
        ["close", "B"],
        ["close", "B"],
      ]);
    }
  });

  it("skipElement passes over everything inside", () => {
    const after = readXml("<A><B><C><D>1</D></C></B><E>2</E></A>", (reader) => {
      reader.next();
      reader.next();
      skipElement(reader);
      reader.next();
      return [reader.name, reader.text];
    });
    expect(after).toEqual(["E", "2"]);
  });

  it("readLeaves gives an element's own leaves", () => {
    const leaves = readXml("<A><B>1</B><C><B>no</B></C><D/></A>", (reader) => {
      reader.next();
      return [...readLeaves(reader)];
    });
    expect(leaves).toEqual([
      ["B", "1"],
      ["D", ""],
    ]);
  });
});
