// Builds the native binding into prebuilds/, for every target or the given ones, and writes prebuilds/SHA256SUMS.
//
//   npm run build:native                      every target (needs gcc and Debian's gcc-aarch64-linux-gnu)
//   npm run build:native -- linux-x64         one target
//   npm run build:native -- --sanitize out.node   with AddressSanitizer and UBSan, for this machine, to the given file
//   npm run build:native -- --verify          only checks what is committed: checksums, no library, no symbol version
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const prebuilds = join(root, "prebuilds");
const name = "stowage-direct.node";
const TARGETS = {
  "linux-x64": { arch: "x64", prefix: "x86_64-linux-gnu-" },
  "linux-arm64": { arch: "arm64", prefix: "aarch64-linux-gnu-" },
};

/** Headers beside the running Node; node-gyp would otherwise try to download them. */
function nodeDirectory() {
  const directory = dirname(dirname(process.execPath));
  if (existsSync(join(directory, "include/node/node_api.h"))) return directory;
  throw new Error(`no Node headers below ${directory}: install the headers of this Node (Debian: libnode-dev)`);
}

function build(arch, compiler, definitions) {
  const gyp = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  const env = { ...process.env, CC: compiler, CXX: compiler, LINK: compiler };
  const options = [`--nodedir=${nodeDirectory()}`, `--arch=${arch}`, "--silent", "--", ...definitions];
  execFileSync(process.execPath, [gyp, "rebuild", ...options], {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return join(root, "build/Release", name);
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function committed() {
  return readdirSync(prebuilds)
    .filter((entry) => existsSync(join(prebuilds, entry, name)))
    .sort();
}

/** The binary must ask for no library and no symbol version: that is what lets it load under glibc and musl alike. */
function checkPortable(file) {
  const dynamic = execFileSync("readelf", ["-d", file], { encoding: "utf8" });
  const versions = execFileSync("readelf", ["-V", file], { encoding: "utf8" });
  if (/NEEDED/.test(dynamic)) throw new Error(`${file} needs a library:\n${dynamic}`);
  if (/GLIBC|Version needs/.test(versions)) throw new Error(`${file} has versioned symbols:\n${versions}`);
}

function verify() {
  const sums = new Map(
    readFileSync(join(prebuilds, "SHA256SUMS"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split("  ").toReversed()),
  );
  for (const target of Object.keys(TARGETS)) {
    const file = join(prebuilds, target, name);
    if (!existsSync(file)) throw new Error(`${file} is missing: npm run build:native`);
    if (sums.get(`${target}/${name}`) !== sha256(file)) throw new Error(`${file} is not the one of SHA256SUMS`);
  }
  return Object.keys(TARGETS);
}

function buildTargets(targets) {
  for (const target of targets) {
    const { arch, prefix } = TARGETS[target] ?? fail(`unknown target ${target}: ${Object.keys(TARGETS).join(", ")}`);
    const built = build(arch, `${prefix}gcc`, []);
    execFileSync(`${prefix}strip`, ["--strip-unneeded", built]);
    checkPortable(built);
    mkdirSync(join(prebuilds, target), { recursive: true });
    copyFileSync(built, join(prebuilds, target, name));
  }
  const lines = committed().map((target) => `${sha256(join(prebuilds, target, name))}  ${target}/${name}\n`);
  writeFileSync(join(prebuilds, "SHA256SUMS"), lines.join(""));
}

function fail(message) {
  throw new Error(message);
}

const [first, second] = process.argv.slice(2);
if (first === "--verify") {
  // To stderr: it runs while npm packs, whose stdout may be JSON for a program.
  console.error(`verified: ${verify().join(", ")}`);
} else if (first === "--sanitize") {
  copyFileSync(
    build(process.arch, "gcc", ["-Dsanitize=address,undefined"]),
    resolve(second ?? fail("--sanitize needs a file")),
  );
} else {
  buildTargets(first === undefined ? Object.keys(TARGETS) : process.argv.slice(2));
  console.log(readFileSync(join(prebuilds, "SHA256SUMS"), "utf8").trimEnd());
}
rmSync(join(root, "build"), { recursive: true, force: true });
