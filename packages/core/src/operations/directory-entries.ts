import type { ObjectEntry } from "../store/results.js";

/** A hierarchical service lists its directories too; they hold no bytes, and their objects bring them along. */
export function isDirectory({ native }: ObjectEntry): boolean {
  return native?.["resourceType"] === "directory";
}

/** Directories in groups that can be removed one group after another: those that lie deepest first, none beside one above it. */
export function deepestFirst(directories: readonly string[]): string[][] {
  const byDepth = new Map<number, string[]>();
  for (const key of directories) {
    const depth = key.split("/").length;
    const group = byDepth.get(depth);
    if (group === undefined) byDepth.set(depth, [key]);
    else group.push(key);
  }
  return [...byDepth].sort(([a], [b]) => b - a).map(([, group]) => group);
}
