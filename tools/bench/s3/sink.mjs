// Compiles and starts sink.c, and TLS in front of it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "../../machine/needs.mjs";
import { makeCertificates, replaceTrust } from "./certificates.mjs";

const execute = promisify(execFile);
const source = fileURLToPath(new URL("sink.c", import.meta.url));

/**
 * @returns {Promise<{ endpoint: string, tls: { endpoint: string, caFile: string, opendal: string } | undefined, stop: () => Promise<void> }>}
 */
export async function startSink() {
  const folder = mkdtempSync(join(tmpdir(), "stowage-sink-"));
  const program = join(folder, "sink");
  await execute(findProgram("gcc") ?? "cc", ["-O2", "-o", program, source]);
  const sink = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const [port] = await once(sink.stdout, "data");
  const endpoint = `http://127.0.0.1:${Number(String(port))}`;
  const tls = await startTls(folder, endpoint);
  return {
    endpoint,
    tls,
    async stop() {
      await tls?.stop();
      const ended = once(sink, "exit");
      sink.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} folder @param {string} upstream */
async function startTls(folder, upstream) {
  if (findProgram("openssl") === undefined) return undefined;
  const { keyFile, certFile, caFile } = makeCertificates(folder);
  const script = fileURLToPath(new URL("tls-front.mjs", import.meta.url));
  const front = spawn(process.execPath, [script, keyFile, certFile, new URL(upstream).port], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = await once(front.stdout, "data");
  return {
    endpoint: `https://localhost:${Number(String(port))}`,
    caFile,
    opendal: trustingOpendal(folder, caFile),
    async stop() {
      const ended = once(front, "exit");
      front.stdin.end();
      await ended;
    },
  };
}

/**
 * A copy of OpenDAL that trusts the bench's authority: what to import for it.
 *
 * @param {string} folder @param {string} caFile
 */
function trustingOpendal(folder, caFile) {
  const copies = join(folder, "node_modules");
  for (const name of ["opendal", "@opendal"]) {
    const original = fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));
    cpSync(original, join(copies, name), { recursive: true });
  }
  const binaries = readdirSync(copies, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".node"));
  if (binaries.length === 0) throw new Error("opendal has no binary for this platform");
  for (const name of binaries) replaceTrust(join(copies, name), caFile);
  return pathToFileURL(join(copies, "opendal", "index.mjs")).href;
}
