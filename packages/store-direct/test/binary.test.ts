/** What is in the package: the binaries that the checksums name, which ask for no library and no version of one. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BINDING_VARIABLE, loadBinding, packagedBinding } from "../src/binding/load.js";

const folder = fileURLToPath(new URL("..", import.meta.url));
/** Lets a child process run the packages' TypeScript sources. */
const SOURCE_HOOKS = new URL("../../store-file/test/support/source-hooks.mjs", import.meta.url).href;
const script = `${folder}/scripts/build-native.mjs`;

describe("the packaged binaries", () => {
  test("are those that SHA256SUMS names, for linux-x64 and linux-arm64", () => {
    const { status, stderr } = spawnSync(process.execPath, [script, "--verify"], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "verified: linux-x64, linux-arm64\n" });
  });

  test("are small", () => {
    for (const target of ["linux-x64", "linux-arm64"]) {
      expect(statSync(`${folder}/prebuilds/${target}/stowage-direct.node`).size).toBeLessThan(100_000);
    }
  });

  test("need no install script, and no compiler where they are installed", () => {
    const manifest: unknown = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    expect(manifest).toMatchObject({ gypfile: false });
    expect(manifest).not.toHaveProperty("scripts.install");
    expect(manifest).not.toHaveProperty("scripts.preinstall");
    expect(manifest).not.toHaveProperty("scripts.postinstall");
  });

  test("one is found for this platform, or the reason is kept", () => {
    const loaded = loadBinding();
    if (process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64")) {
      expect(loaded.error).toBeUndefined();
    } else {
      expect(loaded.error?.message).toContain(packagedBinding());
    }
  });
});

describe.runIf(process.platform === "linux")("without the binary", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "stowage-binary-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const run = (args: readonly string[], environment: NodeJS.ProcessEnv): unknown => {
    const command = [...args, "--import", SOURCE_HOOKS, `${folder}/test/support/open-store.ts`, directory];
    return JSON.parse(
      execFileSync(process.execPath, command, { encoding: "utf8", env: { ...process.env, ...environment } }),
    );
  };

  test("with --no-addons the store works buffered, warns once and says why in the notes", () => {
    const answer = run(["--no-addons"], {});
    expect(answer).toMatchObject({ io: "buffered", read: "written", warnings: 1 });
    expect(answer).toHaveProperty("reason", expect.stringContaining("Cannot load native addon"));
  });

  test("a file that is no binary gives the dynamic linker's own words", () => {
    const noBinary = join(directory, "no-binary.node");
    writeFileSync(noBinary, "not an ELF file");
    const answer = run([], { [BINDING_VARIABLE]: noBinary });
    expect(answer).toMatchObject({ io: "buffered", read: "written" });
    expect(answer).toHaveProperty("reason", expect.stringContaining("no-binary.node: file too short"));
  });
});
