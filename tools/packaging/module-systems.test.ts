import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConsumer } from "./consumer.mjs";
import { workspacePackages } from "./pack.mjs";

const packages = workspacePackages();

/** Entries that need a test runner of the consumer's. */
const NEEDS_A_RUNNER = ["@stowage/conformance-suite/vitest"];

const entries = packages
  .flatMap(({ name, exports }: { name: string; exports: Record<string, unknown> }) =>
    Object.keys(exports).map((subpath) => `${name}${subpath.slice(1)}`),
  )
  .filter((entry: string) => !NEEDS_A_RUNNER.includes(entry));

describe("all packages, installed from tarballs", () => {
  let consumer: Awaited<ReturnType<typeof createConsumer>>;

  beforeAll(async () => {
    consumer = await createConsumer(
      packages.map(({ name }: { name: string }) => name),
      { dependencies: { "@types/node": "20.19.43" } },
    );
  });
  afterAll(() => consumer?.remove());

  it.each(entries)("%s can be required and imported, and both are one module", async (entry) => {
    const isJson = entry.endsWith(".json");
    const script = `
      import { createRequire } from "node:module";
      const required = createRequire(process.cwd() + "/")(${JSON.stringify(entry)});
      const imported = await import(${JSON.stringify(entry)}${isJson ? ', { with: { type: "json" } }' : ""});
      const same = ${isJson} ? required.name === imported.default.name : Object.keys(imported).every((name) => required[name] === imported[name]);
      console.log(same);`;
    const { code, stdout, output } = await consumer.node(["--input-type=module", "-e", script]);
    expect({ code, stdout }, output).toEqual({ code: 0, stdout: "true\n" });
  });

  it("compile in a strict consumer that checks declarations too (nodenext, skipLibCheck false)", async () => {
    const importable = entries.filter((entry: string) => !entry.endsWith(".json"));
    const code = importable.map(
      (entry: string, index: number) => `export * as entry${index} from ${JSON.stringify(entry)};`,
    );
    writeFileSync(join(consumer.folder, "all.ts"), code.join("\n"));
    const compilerOptions = {
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      module: "nodenext",
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(consumer.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["all.ts"] }));
    const tsc = join(import.meta.dirname, "../../node_modules/@typescript/native/bin/tsc");
    const { code: exit, stdout } = await consumer.node([tsc, "-p", "."]);
    const ours = stdout.split("\n").filter((line) => /^(all\.ts|node_modules\/@stowage)/.test(line));
    expect({ exit: ours.length === 0 ? 0 : exit, ours }).toEqual({ exit: 0, ours: [] });
  });

  it("say the same version in package.json and in the command", async () => {
    const manifest = JSON.parse(readFileSync(join(consumer.folder, "node_modules/@stowage/cli/package.json"), "utf8"));
    expect((await consumer.npx("stowage", "--version")).stdout).toContain(manifest.version);
  });
});
