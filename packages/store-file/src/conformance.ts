import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { DriverHandle, Harness, SideDoor } from "@stowage/conformance-suite";
import { isOwnTime, setTime } from "./local/clock.js";
import { factsOf } from "./local/facts.js";
import { isReservedName, isSidecarName, UPLOADS_DIRECTORY } from "./local/names.js";
import { sidecarPath } from "./local/sidecar.js";
import { file } from "./index.js";
import { openFileDriver, plugin } from "./plugin.js";

let scratch: string | undefined;

function directoryOf(namespace: string): string {
  if (scratch === undefined) throw new Error("the harness has not been started");
  return path.join(scratch, namespace);
}

function made(namespace: string): string {
  const directory = directoryOf(namespace);
  fs.mkdirSync(directory, { recursive: true });
  return directory;
}

function filesBelow(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !fs.lstatSync(path.join(directory, name)).isDirectory());
}

/**
 * Does a body lie beside the sidecar that it belongs to? A sidecar whose body another program wrote over is no leftover of the
 * store: nobody told it. Such a body has a time that the store never sets.
 */
function belongsToObject(directory: string, name: string): boolean {
  const parent = path.dirname(path.join(directory, name));
  return fs.readdirSync(parent).some((other) => {
    if (isReservedName(other)) return false;
    const facts = factsOf(fs.lstatSync(path.join(parent, other), { bigint: true }));
    return !isOwnTime(facts) || sidecarPath({ parent, name: other }, facts) === path.join(directory, name);
  });
}

function sideDoor(namespace: string): SideDoor {
  const directory = made(namespace);
  return {
    async put(key, bytes) {
      fs.mkdirSync(path.dirname(path.join(directory, key)), { recursive: true });
      fs.writeFileSync(path.join(directory, key), bytes);
    },
    async get(key) {
      const target = path.join(directory, key);
      return fs.existsSync(target) ? new Uint8Array(fs.readFileSync(target)) : undefined;
    },
    listRaw: async () => filesBelow(directory),
    async listLeftovers() {
      return filesBelow(directory).filter((name) => {
        if (!name.split("/").some(isReservedName)) return false;
        return !isSidecarName(path.basename(name)) || !belongsToObject(directory, name);
      });
    },
    async listUploads() {
      const uploads = path.join(directory, UPLOADS_DIRECTORY);
      return fs.existsSync(uploads) ? fs.readdirSync(uploads) : [];
    },
    async corrupt(key) {
      const fd = fs.openSync(path.join(directory, key), "r+");
      try {
        const { mtimeNs } = factsOf(fs.fstatSync(fd, { bigint: true }));
        const byte = new Uint8Array(1);
        fs.readSync(fd, byte, 0, 1, 0);
        fs.writeSync(
          fd,
          byte.map((value) => value ^ 1),
          0,
          1,
          0,
        );
        setTime(fd, mtimeNs / 1000n);
      } finally {
        fs.closeSync(fd);
      }
    },
  };
}

function handle(namespace: string): DriverHandle {
  const container = made(namespace);
  return { driver: openFileDriver(container, {}), plugin, container };
}

/**
 * store-file for the conformance suite, in a directory of the system's place for temporary files (`TMPDIR`). Stores that may not
 * read or write are not offered: modes mean nothing to the superuser, and belong to the tests of this package.
 */
const harness: Harness = {
  name: plugin.name,
  version: plugin.version,
  target: { kind: "local", product: process.platform },
  async start() {
    scratch = fs.mkdtempSync(path.join(tmpdir(), "stowage-conformance-"));
  },
  async stop() {
    if (scratch !== undefined) fs.rmSync(scratch, { recursive: true, force: true });
    scratch = undefined;
  },
  open: async (namespace, options) => file({ ...options, directory: made(namespace) }),
  async reset(namespace) {
    fs.rmSync(directoryOf(namespace), { recursive: true, force: true });
    made(namespace);
  },
  driver: async (namespace) => handle(namespace),
  openMissingContainer: async () => file({ directory: directoryOf("never made") }),
  sideDoor: async (namespace) => sideDoor(namespace),
  containers: {
    uri: (name) => plugin.format(directoryOf(name), ""),
    get parentUri() {
      return plugin.format(directoryOf(""), "");
    },
  },
  localPath: directoryOf,
  timing: { modifiedPrecisionMs: 1 },
};

export default harness;
