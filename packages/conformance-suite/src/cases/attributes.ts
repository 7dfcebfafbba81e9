import { METADATA_BYTES_MAX } from "@stowage/core";
import type { AttributeInput } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case, Define } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { everyAttribute, headers, names, values } from "./attribute-tables.js";

function metadataOf(t: CaseContext, key: string): Promise<Record<string, string>> {
  return t.store.stat(key).then(({ metadata }) => Object.fromEntries(Object.entries(metadata)));
}

/** That the object carries every attribute, or none of them. */
async function carries(t: CaseContext, key: string, expected: AttributeInput, what: string): Promise<void> {
  const info = await t.store.stat(key);
  const found: Record<string, unknown> = { metadata: { ...info.metadata } };
  for (const name of Object.keys(everyAttribute))
    if (name !== "metadata" && Reflect.get(info, name) !== undefined) found[name] = Reflect.get(info, name);
  t.equal(found, { contentType: "application/octet-stream", metadata: {}, ...expected }, what);
}

/** Entries by name: a record compared as such would not show `__proto__`. */
function sorted(metadata: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** A record that may have `__proto__` as an entry. */
function record(...entries: readonly (readonly [string, string])[]): Record<string, string> {
  const made: Record<string, string> = Object.create(null);
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

export const attributeCases: readonly Case[] = defineArea("G", (all) => {
  const define: Define = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, needs: ["attributes", ...(extra.needs ?? [])] });

  define("meta.roundtrip", 86, "metadata accepted and dropped", async (t) => {
    await t.store.put("a", "1", { metadata: { colour: "red", size: "10" } });
    t.equal(await metadataOf(t, "a"), { colour: "red", size: "10" }, "stat");
    t.equal({ ...(await t.store.get("a")).info.metadata }, { colour: "red", size: "10" }, "get");
    await using streamed = await t.store.getStream("a", { range: { offset: 0, length: 1 } });
    t.equal({ ...streamed.info.metadata }, { colour: "red", size: "10" }, "getStream");
    t.equal({ ...(await (await t.another()).stat("a")).metadata }, { colour: "red", size: "10" }, "a second handle");
  });

  define("meta.empty-map", 87, "no metadata read back as undefined", async (t) => {
    await t.store.put("a", "1", { metadata: {} });
    t.equal(await metadataOf(t, "a"), {}, "metadata {}");
    await t.store.put("b", "1");
    t.equal(await metadataOf(t, "b"), {}, "metadata left out");
  });

  define("meta.empty-value", 88, "an empty value dropped, or left as it was", async (t) => {
    await t.store.put("a", "1", { metadata: { x: "" } });
    t.equal(await metadataOf(t, "a"), { x: "" }, "empty at first");
    await t.store.put("a", "1", { metadata: { x: "full" } });
    await t.store.put("a", "1", { metadata: { x: "" } });
    t.equal(await metadataOf(t, "a"), { x: "" }, "emptied");
  });

  for (const [kind, name] of Object.entries({
    empty: "",
    space: "a b",
    colon: "a:b",
    "non-ascii": "é",
    newline: "a\nb",
  })) {
    define(`meta.bad-name/${kind}`, 89, "a name that no header can carry", async (t) => {
      await t.rejects(
        () => t.store.put("a", "1", { metadata: { [name]: "x" } }),
        "InvalidArgument",
        `name ${JSON.stringify(name)}`,
      );
      await t.absent("a");
    });
  }

  define("meta.case", 90, "two names that differ by case, one lost", async (t) => {
    await t.store.put("a", "1", { metadata: { Colour: "Red" } });
    t.equal(await metadataOf(t, "a"), { colour: "Red" }, "names are lower-cased, values not");
    await t.rejects(
      () => t.store.put("b", "1", { metadata: { abc: "1", aBc: "2" } }),
      "InvalidArgument",
      "abc and aBc",
    );
    await t.absent("b");
  });

  for (const [kind, value] of Object.entries(values)) {
    define(`meta.value/${kind}`, [91, 93], "the encoding of the transport shows, or is applied twice", async (t) => {
      await t.store.put("a", "1", { metadata: { x: value, y: `${value}${value}` } });
      t.equal(await metadataOf(t, "a"), { x: value, y: `${value}${value}` }, "metadata");
    });
  }

  for (const name of names) {
    define(`meta.name/${name}`, [92, 96], "a name that means something to JavaScript, C# or the service", async (t) => {
      const metadata = record([name, "mine"], ["other", "yours"]);
      await t.store.put("a", "1", { metadata });
      const found = await t.store.stat("a");
      t.equal(sorted(found.metadata), sorted(metadata), "metadata");
      t.equal(found.contentType, "application/octet-stream", "content type");
    });
  }

  define("meta.many", 86, "only the first few entries kept", async (t) => {
    const metadata = record(...Array.from({ length: 60 }, (_, index) => [`n${index}`, `v${index}`] as const));
    await t.store.put("a", "1", { metadata });
    t.equal(sorted((await t.store.stat("a")).metadata), sorted(metadata), "metadata");
  });

  define("meta.long-names", 92, "names cut at some length, so that two are one", async (t) => {
    const stem = "n".repeat(120);
    const metadata = record([stem, "0"], [`${stem}1`, "1"], [`${stem}2`, "2"]);
    await t.store.put("a", "1", { metadata });
    t.equal(sorted((await t.store.stat("a")).metadata), sorted(metadata), "metadata");
  });

  define("meta.whitespace", 93, "spaces at the ends trimmed in silence", async (t) => {
    await t.store.put("a", "1", { metadata: { x: "  two before, one after " } });
    t.equal(await metadataOf(t, "a"), { x: "  two before, one after " }, "metadata");
  });

  for (const [kind, bad] of Object.entries({ cr: "a\rb", lf: "a\nb", crlf: "a\r\nx-evil: 1", nul: "a\u0000b" })) {
    define(`meta.control-chars/${kind}`, 94, "a header injected through a value", async (t) => {
      await t.store.put("a", "old");
      await t.rejects(() => t.store.put("a", "new", { metadata: { x: bad } }), "InvalidArgument", "metadata");
      await t.rejects(
        () => t.store.put("a", "new", { contentDisposition: bad }),
        "InvalidArgument",
        "contentDisposition",
      );
      await t.holds("a", "old");
    });
  }

  define("meta.lone-surrogate", 95, "half a character turned into U+FFFD", async (t) => {
    await t.rejects(() => t.store.put("a", "1", { metadata: { x: "\uD800" } }), "InvalidArgument", "metadata");
    await t.absent("a");
  });

  define("meta.limit", 97, "a limit found out by the service's error, or by truncation", async (t) => {
    const value = "v".repeat(METADATA_BYTES_MAX - 1);
    await t.store.put("a", "1", { metadata: { x: value } });
    t.equal(await metadataOf(t, "a"), { x: value }, "metadata at the limit");
    await t.rejects(() => t.store.put("b", "1", { metadata: { x: `${value}v` } }), "InvalidArgument", "one byte more");
    await t.absent("b");
  });

  define("meta.with-empty-body", 98, "metadata of an empty object dropped", async (t) => {
    await t.store.put("a", "", everyAttribute);
    await carries(t, "a", everyAttribute, "attributes");
  });

  define(
    "meta.copy-preserves",
    99,
    "a copy without its attributes",
    async (t) => {
      await t.store.put("a", "1", everyAttribute);
      await t.store.copy("a", "b");
      await carries(t, "b", everyAttribute, "attributes of the copy");
      await carries(t, "a", everyAttribute, "attributes of the source");
    },
    { needs: ["copy"] },
  );

  define(
    "meta.copy-replaces",
    99,
    "attributes merged, or ignored, by a copy that names its own",
    async (t) => {
      await t.store.put("a", "1", everyAttribute);
      await t.store.copy("a", "b", { attributes: { metadata: { y: "2" } } });
      await carries(t, "b", { metadata: { y: "2" } }, "attributes of the copy");
      await carries(t, "a", everyAttribute, "attributes of the source");
      await t.holds("b", "1");
    },
    { needs: ["copy"] },
  );

  define(
    "meta.copy-self-with-new",
    99,
    "attributes changed in place, the body lost",
    async (t) => {
      await t.store.put("a", t.data(1000), { metadata: { x: "1" } });
      await t.store.copy("a", "a", { attributes: { metadata: { y: "2" } } });
      t.equal(await metadataOf(t, "a"), { y: "2" }, "metadata");
      await t.holds("a", t.data(1000));
    },
    { needs: ["copy"] },
  );

  define(
    "meta.rename-preserves",
    99,
    "a rename that leaves the attributes behind",
    async (t) => {
      await t.store.put("a", "1", everyAttribute);
      await t.store.rename("a", "b");
      await carries(t, "b", everyAttribute, "attributes");
    },
    { needs: ["rename"] },
  );

  define(
    "meta.via-multipart",
    [100, 244],
    "attributes given at the beginning, lost at the end",
    async (t) => {
      const upload = await t.store.beginUpload("a", everyAttribute);
      await upload.uploadPart(1, t.data(100));
      await upload.complete();
      await carries(t, "a", everyAttribute, "attributes");
    },
    { needs: ["multipart"] },
  );

  define(
    "meta.via-parts",
    [100, 244],
    "attributes of a body that goes up in parts dropped",
    async (t) => {
      const [size, partSize] = [5_300_000, 5_242_880];
      await t.store.put("a", t.data(size), { ...everyAttribute, partSize, multipartThreshold: partSize });
      await carries(t, "a", everyAttribute, "attributes");
      t.equal((await t.store.stat("a")).size, size, "size");
    },
    { size: "M", needs: ["multipart"] },
  );

  define(
    "meta.via-writer",
    100,
    "attributes of a streamed body dropped",
    async (t) => {
      const writer = t.store.createWriter("a", everyAttribute);
      await writer.write(t.data(100));
      await writer.close();
      await carries(t, "a", everyAttribute, "attributes");
    },
    { needs: ["putStream"] },
  );

  define("headers.content-type-default", 101, "no content type at all, or that of a form", async (t) => {
    await t.store.put("plain", "1");
    await t.store.put("page.html", "1");
    t.equal((await t.store.stat("plain")).contentType, "application/octet-stream", "content type of no extension");
    t.equal((await t.store.stat("page.html")).contentType, "text/html", "content type of .html");
    t.equal((await t.store.get("plain")).info.contentType, "application/octet-stream", "content type told by get");
  });

  for (const [name, attributes] of Object.entries(headers)) {
    define(
      `headers.roundtrip/${name}`,
      name.startsWith("content-type") ? 101 : 102,
      "a label dropped or rewritten",
      async (t) => {
        await t.store.put("page.html", "1", attributes);
        const info = await t.store.stat("page.html");
        for (const [attribute, value] of Object.entries(attributes))
          t.equal(Reflect.get(info, attribute), value, attribute);
        const { info: read } = await t.store.get("page.html");
        for (const [attribute, value] of Object.entries(attributes))
          t.equal(Reflect.get(read, attribute), value, `${attribute} by get`);
      },
    );
  }

  for (const [kind, name] of Object.entries({ latin: "naïve", cjk: "日本" })) {
    define(
      `headers.non-ascii/${kind}`,
      102,
      "characters that a header cannot carry, replaced in silence",
      async (t) => {
        const contentDisposition = `attachment; filename="${name}.txt"`;
        const outcome = await t.store.put("a", "1", { contentDisposition }).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          await t.rejects(() => t.store.put("a", "1", { contentDisposition }), "InvalidArgument", "put");
          await t.absent("a");
        } else t.equal((await t.store.stat("a")).contentDisposition, contentDisposition, "contentDisposition");
      },
    );
  }

  define("headers.non-ascii-disposition", 102, "a file name in another encoding", async (t) => {
    const contentDisposition = "attachment; filename*=UTF-8''na%C3%AFve.txt";
    await t.store.put("a", "1", { contentDisposition });
    t.equal((await t.store.stat("a")).contentDisposition, contentDisposition, "contentDisposition");
  });

  define("headers.encoding-not-decoded", 103, "fetch inflates what is labelled gzip", async (t) => {
    const gzipped = Uint8Array.from(Buffer.from("H4sIAAAAAAAAA0tMSgYAwkEkNQMAAAA=", "base64"));
    await t.store.put("a", gzipped, { contentEncoding: "gzip" });
    await t.holds("a", gzipped);
    t.bytes((await t.store.get("a", { range: { offset: 2, length: 5 } })).bytes, gzipped.subarray(2, 7), "a range");
    t.equal((await t.store.stat("a")).contentEncoding, "gzip", "contentEncoding");
  });

  define("meta.no-aliasing", 104, "a returned record that is the store's own", async (t) => {
    const given: Record<string, string> = { x: "1" };
    await t.store.put("a", "1", { metadata: given });
    given["x"] = "changed";
    const { metadata } = await t.store.stat("a");
    try {
      Reflect.set(metadata, "x", "changed");
    } catch {
      // Frozen is as good.
    }
    t.equal(await metadataOf(t, "a"), { x: "1" }, "metadata");
    const before = await t.store.stat("a");
    const at = before.lastModified?.getTime();
    before.lastModified?.setTime(0);
    t.equal((await t.store.stat("a")).lastModified?.getTime(), at, "lastModified");
  });

  define(
    "meta.foreign-overwrite",
    104,
    "bytes written by another program that inherit old attributes",
    async (t) => {
      await t.store.put("a.bin", "mine", { metadata: { x: "1" } });
      const door = await t.sideDoor();
      await door.put("a.bin", t.data(50));
      await t.holds("a.bin", t.data(50));
      t.equal(await metadataOf(t, "a.bin"), {}, "metadata");
    },
    { parts: ["sideDoor"] },
  );
});
