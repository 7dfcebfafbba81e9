import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../run/install.mjs";
import { createConsumer } from "./consumer.mjs";

describe("a third party's store, outside the repository", () => {
  let consumer: Awaited<ReturnType<typeof createConsumer>>;

  beforeAll(async () => {
    consumer = await createConsumer(
      ["@stowage/core", "@stowage/conformance-suite", "@stowage/store-memory", "@stowage/store-file", "@stowage/cli"],
      { dependencies: { "@types/node": "20.19.43" } },
    );
    cpSync(fileURLToPath(new URL("third-party", import.meta.url)), join(consumer.folder, "locker-store"), {
      recursive: true,
    });
    const tsc = join(repository, "node_modules/@typescript/native/bin/tsc");
    const { code, output } = await consumer.node([tsc, "-p", "locker-store"]);
    expect(code, output).toBe(0);
    cpSync(join(consumer.folder, "locker-store"), join(consumer.folder, "node_modules/locker-store"), {
      recursive: true,
    });
  });
  afterAll(() => consumer?.remove());

  it("opens by its scheme once imported, and copies to and from other stores", async () => {
    const script = `
      import { copy, openStore } from "@stowage/core";
      import "@stowage/store-memory";
      import "locker-store";
      const store = await openStore("locker://one/", { create: true });
      await store.put("a/b", "hello", { contentType: "text/plain", metadata: { by: "third party" } });
      const memory = await openStore("memory://other/");
      await copy("locker://one/a/b", "memory://other/c");
      const { bytes, info } = await memory.get("c");
      console.log(Buffer.from(bytes).toString(), info.contentType, info.metadata.by);
      const keys = [];
      for await (const { key } of store.list()) keys.push(key);
      console.log(keys.join());`;
    const { code, stdout, output } = await consumer.node(["--input-type=module", "-e", script]);
    expect({ code, stdout }, output).toEqual({ code: 0, stdout: "hello text/plain third party\na/b\n" });
  });

  it("has its options checked, by type and while it runs", async () => {
    writeFileSync(
      join(consumer.folder, "wrong.ts"),
      `import { openStore } from "@stowage/core";\nimport "locker-store";\nawait openStore("locker://one/", { creat: true });\n`,
    );
    const tsc = join(repository, "node_modules/@typescript/native/bin/tsc");
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", "wrong.ts"];
    expect((await consumer.node([tsc, ...flags])).stdout).toMatch(/wrong\.ts\(3,\d+\).*creat/);
    const script = `
      import { openStore } from "@stowage/core";
      import "locker-store";
      await openStore("locker://one/", { creat: true }).catch((error) => console.log(error.code, error.message));`;
    const { stdout } = await consumer.node(["--input-type=module", "-e", script]);
    expect(stdout).toMatch(/^InvalidArgument .*creat/);
  });

  it("is a store of the command", async () => {
    const { code, output } = await consumer.npx("stowage", "--plugin", "locker-store", "schemes");
    expect(code, output).toBe(0);
    expect(output).toContain("locker");
  });

  it("passes the conformance suite, with no test runner installed", { timeout: 300_000 }, async () => {
    expect(consumer.has("node_modules/vitest")).toBe(false);
    const { code, output } = await consumer.npx(
      "stowage-conformance",
      "run",
      "locker-store/conformance",
      "--json",
      "report.json",
    );
    const report = JSON.parse(readFileSync(join(consumer.folder, "report.json"), "utf8"));
    const wrong = report.results.filter(({ verdict }: { verdict: string }) => /fail|unexpected/.test(verdict));
    expect(wrong.map(({ id, error }: { id: string; error: string }) => `${id}: ${error}`)).toEqual([]);
    expect(code, output).toBe(0);
    expect(report.counts.pass).toBeGreaterThan(100);
  });
});

describe("two copies of core in one process", () => {
  it("share the registry and know each other's errors", async () => {
    const consumer = await createConsumer(["@stowage/core", "@stowage/store-memory"]);
    try {
      // As npm nests it when a plugin insists on another version than the application's.
      const nested = join(consumer.folder, "node_modules/@stowage/store-memory/node_modules/@stowage/core");
      cpSync(join(consumer.folder, "node_modules/@stowage/core"), nested, { recursive: true });
      const script = `
        import * as core from "@stowage/core";
        import "@stowage/store-memory";
        const other = await import("./node_modules/@stowage/store-memory/node_modules/@stowage/core/dist/index.js");
        const store = await core.openStore("memory://shared/");
        await store.put("a", "hello");
        const error = await store.get("missing").catch((thrown) => thrown);
        const theirs = new other.StoreError({ code: "NotFound", message: "theirs" });
        console.log(JSON.stringify({
          twoCopies: core.StoreError !== other.StoreError,
          registered: other.knownSchemes().some(({ scheme, plugin }) => scheme === "memory" && plugin !== undefined),
          code: error.code,
          mutual: [theirs instanceof core.StoreError, core.isStoreError(theirs), other.isStoreError(error)],
        }));`;
      const { stdout, output } = await consumer.node(["--input-type=module", "-e", script]);
      expect(JSON.parse(stdout || "{}"), output).toEqual({
        twoCopies: true,
        registered: true,
        code: "NotFound",
        mutual: [true, true, true],
      });
    } finally {
      consumer.remove();
    }
  });
});
