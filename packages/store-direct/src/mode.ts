/**
 * What O_DIRECT does in a directory: the truth that `capabilities.notes` tells. A file system may refuse O_DIRECT (ramfs, some
 * FUSE), or accept it and buffer all the same (tmpfs, btrfs): accepting proves nothing. The proof is the alignment that the kernel
 * reports for a file there (`statx`, Linux 6.1), or, where it reports none, that a misaligned read is refused.
 */
import { getSystemErrorName } from "node:util";
import { DIRECT_ALIGNMENT_DEFAULT } from "@stowage/core";
import { temporaryName } from "@stowage/store-file/local";
import type { Completion } from "./binding/completion.js";
import type { DirectEngine } from "./binding/engine.js";
import { loadBinding } from "./binding/load.js";
import { sharedEngine } from "./binding/shared-engine.js";

export interface DirectMode {
  /** `unknown`: the directory cannot be tried (yet): it is missing, or nothing can be made in it. */
  readonly io: "direct" | "buffered" | "unknown";
  readonly reason: string;
  /** Bytes; of the file system's last word, or a safe default. */
  readonly offsetAlignment: number;
  readonly memoryAlignment: number;
  readonly engine: DirectEngine | undefined;
}

/** Tries O_DIRECT in the directory: makes a nameless file and asks about it. Takes about a millisecond of the disk. */
export function detectMode(directory: string): DirectMode {
  const engine = sharedEngine();
  if (engine === undefined) return buffered(missingBinding(), undefined);
  return judge(engine.probe(directory, temporaryName()), engine);
}

function judge(probe: Completion, engine: DirectEngine): DirectMode {
  if (probe.refused) return buffered("the file system refuses O_DIRECT", engine);
  if (probe.error !== 0) {
    const errno = getSystemErrorName(-probe.error);
    const reason =
      probe.step === "open parent" && (errno === "ENOENT" || errno === "ENOTDIR")
        ? "the directory does not exist yet"
        : `no file could be made in the directory to try it (${errno})`;
    return { io: "unknown", reason, engine, ...SAFE_ALIGNMENT };
  }
  if (!probe.direct) {
    return buffered(
      probe.reported
        ? "the file system says that it cannot do direct I/O"
        : "the file system accepts O_DIRECT and buffers all the same",
      engine,
    );
  }
  const { offsetAlignment, memoryAlignment } = probe;
  const proof = probe.reported ? "the kernel reports the alignment" : "misaligned reads are refused";
  return { io: "direct", reason: proof, engine, offsetAlignment, memoryAlignment };
}

const SAFE_ALIGNMENT = { offsetAlignment: DIRECT_ALIGNMENT_DEFAULT, memoryAlignment: DIRECT_ALIGNMENT_DEFAULT };

function buffered(reason: string, engine: DirectEngine | undefined): DirectMode {
  return { io: "buffered", reason, engine, ...SAFE_ALIGNMENT };
}

/** Why there is no engine, with the dynamic linker's own words. */
function missingBinding(): string {
  const { error, path } = loadBinding();
  return `the native binding could not be loaded from ${path}: ${error?.message ?? "unknown error"}`;
}

/** The facts of a mode for `capabilities.notes`. */
export function notesOf({
  io,
  reason,
  offsetAlignment,
  memoryAlignment,
  engine,
}: DirectMode): Readonly<Record<string, string | number | boolean>> {
  if (io === "buffered") return { io, reason };
  return { io, reason, offsetAlignment, memoryAlignment, ioUring: ringState(engine) };
}

/** It is tried by the first direct read, not before. */
function ringState(engine: DirectEngine | undefined): string {
  const stats = engine?.stats();
  if (stats === undefined || stats.ringState === 0) return "not tried yet";
  return stats.ringState === 1 ? "in use" : `unavailable (${getSystemErrorName(-stats.ringError)}), threads instead`;
}
