import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { tarballs } from "./consumer.mjs";

const list = Object.entries(await tarballs()).map(([name, tarball]) => ({ name, tarball }));

/** Ours are small; what is larger carries something that does not belong in it. */
const MAX_TARBALL_BYTES = 1024 * 1024;

describe.each(list)("$name as published", ({ tarball }) => {
  const entries = execFileSync("tar", ["-tvzf", tarball], { encoding: "utf8" }).trim().split("\n");
  const files = entries.map((line) => line.replace(/^.* package\//, ""));

  it("has its documentation, licence, built code, types and the sources that its maps refer to", () => {
    const wanted = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts", "src/index.ts"];
    expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
  });

  it("has no test, no build state and nothing that runs at install", () => {
    expect(files.filter((file) => /\.test\.|tsbuildinfo|^test\/|binding\.gyp|node_modules/.test(file))).toEqual([]);
    const manifest = JSON.parse(execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }));
    const installScripts = ["preinstall", "install", "postinstall"].filter((name) => name in (manifest.scripts ?? {}));
    expect(installScripts).toEqual([]);
  });

  it("is under 1 MiB", () => {
    expect(execFileSync("wc", ["-c", tarball], { encoding: "utf8" }).split(" ").map(Number)[0]).toBeLessThan(
      MAX_TARBALL_BYTES,
    );
  });
});
