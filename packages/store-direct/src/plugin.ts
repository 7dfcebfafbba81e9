import { createRequire } from "node:module";
import { SPEC_VERSION, StoreError } from "@stowage/core";
import type { StoreDriver, StorePlugin } from "@stowage/core";
import {
  createBufferedPath,
  createContext,
  createDirectory,
  deleteDirectory,
  DURABILITIES,
  formatFileUri,
  InlineCalls,
  listDirectories,
  LocalDriver,
  parseFileUri,
} from "@stowage/store-file/local";
import { DirectFiles } from "./direct-files.js";
import { DirectPath } from "./direct-path.js";
import { DirectDriver } from "./driver.js";
import { notInForce } from "./errors.js";
import { detectMode, notesOf } from "./mode.js";
import { checkOptions, FALLBACKS } from "./options.js";
import type { DirectOptions } from "./options.js";
import { warnOnce } from "./warning.js";

const SCHEME = "direct";

const { version }: { version: string } = createRequire(import.meta.url)("../package.json");

export const plugin: StorePlugin<DirectOptions> = {
  name: "@stowage/store-direct",
  version,
  specVersion: SPEC_VERSION,
  schemes: [SCHEME],
  parse: (uri, as) => parseFileUri(SCHEME, uri, as),
  format,
  options: {
    durability: {
      type: "string",
      values: DURABILITIES,
      description: "what survives a crash of the machine: nothing promised, the bytes, or bytes and name",
      default: "none",
    },
    fallback: {
      type: "string",
      values: FALLBACKS,
      description: "where O_DIRECT is not in force: work through the page cache and warn, or refuse",
      default: "buffered",
    },
    ioUring: {
      type: "boolean",
      description: "read through io_uring where the kernel allows it",
      default: "true",
    },
  },
  open: openDirectDriver,
  containers: {
    create: (container) => createDirectory(container),
    delete: (container, _options, { force }) => deleteDirectory(container, force),
    list: (parent) => listDirectories(parent, (directory) => format(directory, "")),
  },
};

/**
 * The driver of a directory, which may not exist yet. Tries O_DIRECT in it. Throws `InvalidArgument`, and `Unsupported` on Windows
 * and, with `fallback: "error"`, where O_DIRECT is not in force.
 */
export function openDirectDriver(directory: string, options: DirectOptions): StoreDriver {
  const checked = checkOptions(options);
  if (process.platform === "win32") {
    throw new StoreError({
      code: "Unsupported",
      message: "direct:// does not run on Windows yet: its names have other rules",
    });
  }
  const mode = detectMode(directory);
  const notes = notesOf(mode);
  const inline = new InlineCalls(directory, true);
  const { durability } = checked;
  const { engine } = mode;
  if (mode.io === "buffered" || engine === undefined) {
    if (checked.fallback === "error") throw notInForce(directory, mode.reason);
    warnOnce(directory, mode.reason);
    const dataPath = { ...createBufferedPath(inline), notes };
    return new LocalDriver(createContext({ root: directory, durability, dataPath, inline }));
  }
  const files = new DirectFiles(directory, mode, engine, checked);
  const dataPath = new DirectPath(files, notes);
  return new DirectDriver(createContext({ root: directory, durability, dataPath, inline }), files);
}

function format(container: string, key: string): string {
  return formatFileUri(SCHEME, container, key);
}
