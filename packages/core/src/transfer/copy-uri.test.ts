import { describe, expect, it } from "vitest";
import { registryOf } from "../../test/support/shelf-plugin.js";
import { copy, copyPrefix } from "../index.js";

describe("copy and copyPrefix", () => {
  it("copy between URIs; a destination that ends in a slash gets the source's name", async () => {
    const { registry, opened } = registryOf();
    await using a = await registry.openStore("shelf://a/");
    await a.put("dir/k.txt", "hello", { metadata: { a: "b" } });
    await copy("shelf://a/dir/k.txt", "shelf://b/out/", { registry });
    expect(opened.find(([name]) => name === "b")?.[1].objects.get("out/k.txt")).toMatchObject({
      attributes: { metadata: { a: "b" } },
    });
    expect(await copyPrefix("shelf://a/dir", "shelf://c/", { registry })).toEqual({ objects: 1, bytes: 5, failed: [] });
    await expect(copyPrefix("shelf://a/", "shelf://a/dir", { registry })).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "copyPrefix",
    });
    await expect(copy("shelf://a/none", "shelf://b/x", { registry })).rejects.toMatchObject({
      code: "NotFound",
      operation: "copy",
      uri: "shelf://a/none",
    });
  });

  it("reject wrong arguments with a StoreError that names them, and open nothing once aborted", async () => {
    const { registry, opened } = registryOf();
    for (const [from, to, options] of [
      ["shelf://a/k", "shelf://b/k", { registry, fron: {} }],
      ["shelf://a/k", "shelf://b/k", { registry: {} }],
      ["shelf://a/k", "shelf://b/k", { registry, from: { rom: 1 } }],
      ["shelf://a/k", 5, { registry }],
      ["shelf://a/", "shelf://b/k", { registry }],
      [5, "shelf://b/k", { registry }],
    ] as const) {
      await expect(copy(from as never, to as never, Object(options))).rejects.toMatchObject({
        code: expect.stringMatching(/^Invalid/),
        operation: "copy",
      });
      if (from !== "shelf://a/")
        await expect(copyPrefix(from as never, to as never, Object(options))).rejects.toMatchObject({
          code: expect.stringMatching(/^Invalid/),
          operation: "copyPrefix",
        });
    }
    const before = opened.length;
    const reason = new Error("stop");
    const signal = AbortSignal.abort(reason);
    await expect(copy("shelf://x/k", "shelf://y/k", { registry, signal })).rejects.toBe(reason);
    await expect(copyPrefix("shelf://x/", "shelf://y/", { registry, signal })).rejects.toBe(reason);
    expect(opened).toHaveLength(before);
    await registry[Symbol.asyncDispose]();
  });
});
