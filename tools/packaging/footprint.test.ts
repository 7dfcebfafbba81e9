import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProgram, needs } from "../machine/needs.mjs";
import { createConsumer } from "./consumer.mjs";

const CLOUDS = { "@stowage/store-s3": /^@azure\//, "@stowage/store-azure": /^@(aws-sdk|smithy)\// };

describe.each(Object.entries(CLOUDS))("%s in an empty folder", (name, otherCloud) => {
  it("brings its own cloud's SDK, not the other's, and nothing native", async () => {
    const consumer = await createConsumer(["@stowage/core", "@stowage/http", name]);
    try {
      const installed = consumer.installed();
      expect(installed.filter((one) => otherCloud.test(one))).toEqual([]);
      expect(execFileSync("find", [consumer.folder, "-name", "*.node", "-o", "-name", "binding.gyp"]).toString()).toBe(
        "",
      );
      const size = execFileSync("du", ["-sm", join(consumer.folder, "node_modules")])
        .toString()
        .split("\t")[0];
      console.log(`${name}: ${installed.length} packages, ${size} MB installed`);
    } finally {
      consumer.remove();
    }
  });
});

describe("@stowage/store-direct in an empty folder", () => {
  const SCRIPT = `
    import { openStore } from "@stowage/core";
    import { plugin } from "@stowage/store-direct";
    const store = await openStore("direct://" + process.argv[1] + "/");
    await store.put("key", new Uint8Array(100_001).fill(7));
    const { bytes } = await store.get("key");
    console.log(bytes.length, bytes.every((byte) => byte === 7), JSON.stringify(store.capabilities.notes), plugin.name);
    await store.close();`;

  it("installs without a compiler and without running a script, and works with and without its binary", async (context) => {
    needs(context, "linux", { "a /var/tmp": () => existsSync("/var/tmp") });
    const folder = mkdtempSync(join(tmpdir(), "stowage-no-compiler-"));
    const data = mkdtempSync("/var/tmp/stowage-direct-");
    const bin = join(folder, "bin");
    mkdirSync(bin);
    for (const program of ["node", "npm", "npx", "sh", "env"]) {
      const path = program === "node" ? process.execPath : findProgram(program);
      if (path !== undefined) symlinkSync(path, join(bin, program));
    }
    const consumer = await createConsumer(["@stowage/core", "@stowage/store-file", "@stowage/store-direct"], {
      path: bin,
      installFlags: ["--strict-allow-scripts"],
    });
    try {
      writeFileSync(join(consumer.folder, "use.mjs"), SCRIPT.replace("process.argv[1]", "process.argv[2]"));
      const native = await consumer.node(["use.mjs", data]);
      // Which of the two holds is the file system's to say; that it comes from the binary is what counts here.
      expect(native.stdout, native.output).toMatch(/^100001 true .*"io":"(direct|buffered)"/);
      expect(native.stdout).not.toContain("native binding could not be loaded");
      const fallback = await consumer.node(["--no-addons", "use.mjs", data]);
      expect(fallback.stdout, fallback.output).toMatch(
        /^100001 true .*"io":"buffered".*native binding could not be loaded/,
      );
      expect(fallback.output).toMatch(/warning/i);
    } finally {
      consumer.remove();
      for (const used of [folder, data]) rmSync(used, { recursive: true, force: true });
    }
  });
});
