/** What each kind of file system makes of O_DIRECT, and that the store is the same on all. Root mounts them here. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runConformance } from "@stowage/conformance-suite";
import { isStoreError } from "@stowage/core";
import { describe, expect, test } from "vitest";
import harness from "../src/conformance.js";
import { direct } from "../src/index.js";
import { isRoot, memory, onLoop, overlay } from "./support/mounts.js";
import type { Mounted } from "./support/mounts.js";

const MIB = 1024 * 1024;

interface Kind {
  readonly name: string;
  readonly notes: Readonly<Record<string, unknown>>;
  /** Cases that this file system cannot pass, whatever a store does. */
  readonly beyondIt?: readonly string[];
  mount(scratch: string): Mounted;
}

const kinds: readonly Kind[] = [
  {
    name: "tmpfs, which accepts O_DIRECT and buffers",
    notes: { io: "buffered", reason: "the file system accepts O_DIRECT and buffers all the same" },
    mount: () => memory("tmpfs"),
  },
  {
    name: "ramfs, which refuses O_DIRECT",
    notes: { io: "buffered", reason: "the file system refuses O_DIRECT" },
    mount: () => memory("ramfs"),
  },
  {
    name: "overlay on a disk, as containers have it",
    notes: { io: "direct" },
    mount: (scratch) => overlay(scratch),
  },
  {
    name: "XFS with sectors of 4,096 bytes",
    notes: { io: "direct", offsetAlignment: 4096 },
    mount: () => onLoop(["mkfs.xfs", "-q"], 400 * MIB, 4096),
  },
  {
    name: "btrfs, which accepts O_DIRECT and buffers",
    notes: { io: "buffered" },
    // A name that is replaced while its directory is read gets a new place behind the reader's end: btrfs then shows none.
    beyondIt: ["conc.never-missing"],
    mount: () => onLoop(["mkfs.btrfs", "-q"], 256 * MIB, 512),
  },
];

async function within(kind: Kind["mount"], work: (mount: Mounted) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "stowage-file-system-"));
  const mount = kind(scratch);
  try {
    await work(mount);
  } finally {
    mount.unmount();
    rmSync(scratch, { recursive: true, force: true });
  }
}

describe.runIf(isRoot)("direct:// on", () => {
  for (const kind of kinds) {
    test(`${kind.name}: says so, and passes the conformance suite`, { timeout: 600_000 }, async () => {
      await within(kind.mount, async (mount) => {
        const store = direct({ directory: mount.path });
        expect(store.capabilities.notes).toMatchObject(kind.notes);
        await store.close();
        const opened = (): unknown => direct({ directory: mount.path, fallback: "error" });
        if (kind.notes["io"] === "direct") expect(opened).not.toThrow();
        else expect(opened).toThrow(/O_DIRECT is not in force/);
        const place = process.env["TMPDIR"];
        process.env["TMPDIR"] = mount.path;
        try {
          const { results } = await runConformance(harness, { seed: "1" });
          const failed = results.filter(
            ({ id, verdict }) => verdict === "fail" && kind.beyondIt?.includes(id) !== true,
          );
          expect(failed.map(({ id, error }) => `${id}: ${error ?? ""}`)).toEqual([]);
        } finally {
          if (place === undefined) delete process.env["TMPDIR"];
          else process.env["TMPDIR"] = place;
        }
      });
    });
  }
});

describe.runIf(isRoot)("when the device fails", () => {
  const ext4 = (): Mounted => onLoop(["mkfs.ext4", "-q"], 64 * MIB, 512);
  const failure = async (action: Promise<unknown>): Promise<{ code: string; committed: unknown; status: unknown }> => {
    try {
      await action;
    } catch (error) {
      if (!isStoreError(error)) throw error;
      const { code, committed, status } = error;
      return { code, committed, status };
    }
    throw new Error("it did not fail");
  };

  test("a full disk is NoSpace, the old object stands, and nothing is left of the new one", async () => {
    await within(ext4, async ({ path }) => {
      for (const durability of ["none", "full"] as const) {
        const store = direct({ directory: path, fallback: "error", durability });
        await store.put("object", "old");
        const whole = await failure(store.put("object", new Uint8Array(128 * MIB)));
        expect(whole).toMatchObject({ code: "NoSpace", committed: false });
        const stream = (async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let count = 0; count < 32; count++) yield new Uint8Array(4 * MIB);
        })();
        expect(await failure(store.put("object", stream))).toMatchObject({ code: "NoSpace", committed: false });
        expect((await store.get("object")).text()).toBe("old");
        expect(readdirSync(path).sort()).toEqual(["lost+found", "object"]);
        await store.put("another", new Uint8Array(16 * MIB));
        await store.delete("another");
        await store.close();
      }
    });
  });

  test("an I/O error is reported as one: never a fallback, never wrong bytes", async () => {
    await within(ext4, async ({ path, image }) => {
      const store = direct({ directory: path, fallback: "buffered", durability: "full" });
      await store.put("object", new Uint8Array(24 * MIB).fill(7));
      const warnings: string[] = [];
      const heard = (warning: Error): void => void warnings.push(warning.message);
      process.on("warning", heard);
      // The device ends in the middle of the object from here on.
      truncateSync(image ?? "", 8 * MIB);
      const read = await failure(store.get("object", { retries: 0 }));
      expect(read).toMatchObject({ code: "Unavailable", status: "EIO" });
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", heard);
      expect(warnings.filter((text) => text.includes("direct://"))).toEqual([]);
      await store.close();
      writeFileSync(image ?? "", "");
    });
  });
});
