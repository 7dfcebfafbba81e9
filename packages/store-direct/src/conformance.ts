import type { Harness } from "@stowage/conformance-suite";
import fileHarness from "@stowage/store-file/conformance";
import { openDirectDriver, plugin } from "./plugin.js";
import { direct } from "./index.js";

function directoryOf(namespace: string): string {
  if (fileHarness.localPath === undefined) throw new Error("the file store's harness has no directories");
  return fileHarness.localPath(namespace);
}

/**
 * store-direct for the conformance suite: in the directories, and with the side door, of store-file's harness, since the two stores
 * share their format on disk. O_DIRECT is in force where `TMPDIR` lies on a disk.
 */
const harness: Harness = {
  ...fileHarness,
  name: plugin.name,
  version: plugin.version,
  async open(namespace, options) {
    // Makes the directory.
    await fileHarness.sideDoor?.(namespace);
    return direct({ ...options, directory: directoryOf(namespace) });
  },
  async driver(namespace) {
    await fileHarness.sideDoor?.(namespace);
    const container = directoryOf(namespace);
    return { driver: openDirectDriver(container, {}), plugin, container };
  },
  openMissingContainer: async () => direct({ directory: directoryOf("never made") }),
  containers: {
    uri: (name) => plugin.format(directoryOf(name), ""),
    get parentUri() {
      return plugin.format(directoryOf(""), "");
    },
  },
};

export default harness;
