import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkBoundaries } from "./boundaries.mjs";
import { checkFileSizes } from "./file-sizes.mjs";
import { checkLiterals } from "./literals.mjs";
import { checkWording } from "./wording.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stowage-checks-"));
  execFileSync("git", ["init", "--quiet"], { cwd: root });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

describe("package boundaries", () => {
  const CORE_AS_PEER = { peerDependencies: { "@stowage/core": "*" } };
  const manifests = {
    core: { exports: { ".": {} } },
    http: { ...CORE_AS_PEER, dependencies: { undici: "*" }, exports: { ".": {} } },
    "store-file": { ...CORE_AS_PEER, exports: { ".": {}, "./local": {} } },
    "store-direct": { ...CORE_AS_PEER, dependencies: { "@stowage/store-file": "*" } },
    "store-memory": CORE_AS_PEER,
  };

  beforeEach(() => {
    for (const [name, manifest] of Object.entries(manifests)) {
      write({ [`packages/${name}/package.json`]: JSON.stringify(manifest) });
    }
  });

  it("let a store use core, and store-direct the local half of store-file", () => {
    write({
      "packages/store-direct/src/index.ts": `import { a } from "@stowage/core";\nimport type { b } from "@stowage/store-file/local";\nimport "node:fs";\nimport "./other.js";`,
    });
    expect(checkBoundaries(root)).toEqual([]);
  });

  it.each([
    [
      "another store",
      "store-memory",
      `import "@stowage/store-file";`,
      /store-memory may not import @stowage\/store-file/,
    ],
    ["another store, lazily", "store-memory", `await import("@stowage/http");`, /may not import @stowage\/http/],
    ["a type of another store", "http", `import type { A } from "@stowage/store-file";`, /may not import/],
    ["anything from core", "core", `export * from "@stowage/http";`, /core may not import/],
    ["what is no export", "store-direct", `import "@stowage/store-file/dist/x.js";`, /not an export/],
    ["what is not declared", "store-memory", `import "undici";`, /undici is not declared/],
    ["another package's sources", "http", `import "../../core/src/index.js";`, /leaves the package's sources/],
    ["node modules without prefix", "http", `import "fs";`, /node: prefix/],
  ])("forbid importing %s", (_, name, code, problem) => {
    write({ [`packages/${name}/src/index.ts`]: `// first line\n${code}\n` });
    expect(checkBoundaries(root)).toEqual([expect.stringMatching(problem)]);
    expect(checkBoundaries(root)[0]).toContain(`packages/${name}/src/index.ts:2:`);
  });

  it("forbid what package.json declares beyond the table, core as a plain dependency, and any dependency of core", () => {
    write({
      "packages/http/package.json": JSON.stringify({
        dependencies: { "@stowage/core": "*", "@stowage/store-file": "*" },
      }),
      "packages/core/package.json": JSON.stringify({ dependencies: { undici: "*" } }),
      "packages/other/package.json": JSON.stringify({}),
    });
    expect(checkBoundaries(root).toSorted()).toEqual([
      expect.stringContaining("core has no runtime dependency"),
      expect.stringContaining("must be a peer dependency"),
      expect.stringContaining("may not depend on @stowage/store-file"),
      expect.stringContaining("packages/other: not in the table"),
    ]);
  });

  it.each([`if (scheme === "s3") a();`, `if ("file" === uri.scheme) a();`, `switch (uri.scheme) {}`])(
    "forbid core to decide by scheme: %s",
    (code) => {
      write({ "packages/core/src/index.ts": code });
      expect(checkBoundaries(root)).toEqual([expect.stringContaining("core decides by scheme")]);
    },
  );

  it("let core name store packages in one file only, and in comments", () => {
    write({
      "packages/core/src/table.ts": `const a = "@stowage/store-s3";`,
      "packages/core/src/comment.ts": `// see @stowage/store-file\n/* if (scheme === "s3") */`,
    });
    expect(checkBoundaries(root)).toEqual([]);
    write({ "packages/core/src/second.ts": `const a = "@stowage/store-file";` });
    expect(checkBoundaries(root)).toEqual([expect.stringContaining("second.ts, packages/core/src/table.ts")]);
  });
});

describe("literal sizes", () => {
  const FILE = "packages/http/src/a.ts";

  it.each(["4096", "65536", "65_536", "16 * 1024", "1 << 20", "2 ** 10", "10_000", "1000", "64n * 1024n", "60_000"])(
    "are found: %s",
    (code) => {
      write({ [FILE]: `\nconst a = ${code};` });
      expect(checkLiterals(root)[0]).toMatch(/^packages\/http\/src\/a\.ts:2: /);
    },
  );

  it.each([
    "0xffff",
    "a / 1000",
    "1_000_000n * b",
    "503",
    "0.5",
    "2 ** 3",
    "1 << 4",
    '"4096"',
    "1 /* 4096 */",
    "`65536 ${a}`",
    "b < 3600; const US_PER_S = 1_000_000n",
  ])("are not found in %s", (code) => {
    write({ [FILE]: `const a = ${code};` });
    expect(checkLiterals(root)).toEqual([]);
  });

  it("are allowed in the constants and in tests", () => {
    write({ "packages/core/src/constants/s3.ts": "const a = 4096;", "packages/http/src/a.test.ts": "const a = 4096;" });
    write({ "packages/conformance-suite/src/cases/put.ts": "const a = 4096;" });
    expect(checkLiterals(root)).toEqual([]);
  });
});

describe("file sizes", () => {
  it("let 350 lines pass and name a file of 351", () => {
    write({ "packages/core/src/a.ts": "a;\n".repeat(350), "tools/x/b.mjs": "b;\n".repeat(351) });
    expect(checkFileSizes(root)).toEqual(["tools/x/b.mjs: 351 lines, at most 350"]);
  });
});

describe("wording", () => {
  it.each([
    ["packages/core/src/a.ts", `// ${["TO", "DO"].join("")} later`],
    ["packages/core/src/a.test.ts", ["it", "only(1)"].join(".")],
    ["packages/core/test/a.test.ts", ["describe.concurrent", "skip(1)"].join(".")],
    ["packages/core/src/a.ts", "const a = b as unknown as C;"],
    ["packages/core/src/a.ts", "function f(a: any) {}"],
    ["packages/core/src/a.ts", "let a: any = 1;"],
    ["packages/core/src/a.ts", "// @ts-expect-error"],
  ])("in %s is found: %s", (path, code) => {
    write({ [path]: `${code}\n` });
    expect(checkWording(root)).toHaveLength(1);
  });

  it("leaves ordinary words, const assertions and skipIf alone", () => {
    write({ "packages/core/src/a.test.ts": "const todos = 1 as const; // any hacker: any (or all)\nit.skipIf(true);" });
    expect(checkWording(root)).toEqual([]);
  });
});
