import { readdirSync, readlinkSync } from "node:fs";
import type { SideDoor } from "../harness/types.js";

/**
 * Regular files that this process holds open, by descriptor; `undefined` where the platform does not tell. Sockets are left to
 * a case of their own: keeping idle ones is what a connection pool is for.
 */
export function openFiles(): ReadonlyMap<string, string> | undefined {
  let descriptors: readonly string[];
  try {
    descriptors = readdirSync("/proc/self/fd");
  } catch {
    return undefined;
  }
  const files = new Map<string, string>();
  for (const descriptor of descriptors) {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      if (path.startsWith("/") && !path.startsWith("/dev/") && !path.startsWith("/proc/")) files.set(descriptor, path);
    } catch {
      // Closed meanwhile: the descriptor of the listing itself, for one.
    }
  }
  return files;
}

/** Files open now that were not open before. */
export function filesLeftOpen(before: ReadonlyMap<string, string> | undefined): string[] {
  const now = openFiles();
  if (before === undefined || now === undefined) return [];
  return [...now].filter(([descriptor, path]) => before.get(descriptor) !== path).map(([, path]) => path);
}

/** Temporary files and unfinished uploads in the namespace, in words. */
export async function leftovers(door: SideDoor): Promise<string[]> {
  const uploads = (await door.listUploads?.()) ?? [];
  const files = (await door.listLeftovers?.()) ?? [];
  return [...uploads.map((id) => `unfinished upload ${id}`), ...files.map((path) => `leftover ${path}`)];
}

/** Collects promise rejections that nobody handled, as long as it is installed. */
export class RejectionWatch {
  private readonly seen: unknown[] = [];
  private readonly listener = (reason: unknown): void => {
    this.seen.push(reason);
  };

  install(): void {
    process.on("unhandledRejection", this.listener);
  }

  remove(): void {
    process.off("unhandledRejection", this.listener);
  }

  /** Those since the last call. */
  take(): unknown[] {
    return this.seen.splice(0);
  }
}
