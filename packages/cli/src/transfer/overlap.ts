import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { ObjectStore } from "@stowage/core";
import { localPathOf } from "../arguments/location.js";
import { usageError } from "../arguments/usage.js";
import { isWithin } from "./local-tree.js";

/** Refuses a recursive transfer into its own source, symbolic links considered, before anything is touched. */
export async function assertNotInside(from: ObjectStore, to: ObjectStore, sameOptions: boolean): Promise<void> {
  const inside = (await containsLocally(from.uri, to.uri)) ?? (sameOptions && to.uri.startsWith(from.uri));
  if (!inside) return;
  throw usageError(
    from.uri === to.uri
      ? `source and destination are the same, ${from.uri}`
      : `the destination ${to.uri} is inside its source ${from.uri}: name one beside it`,
  );
}

/** Does the directory `from` hold `to`, or its nearest ancestor that exists? `undefined` where one of them is not local. */
async function containsLocally(from: string, to: string): Promise<boolean | undefined> {
  const [source, destination] = [localPathOf(from), localPathOf(to)];
  if (source === undefined || destination === undefined) return undefined;
  return isWithin(await realPathOf(destination), await realPathOf(source));
}

/** The real path of `path`; of what does not exist yet, the real path that it will have. */
export async function realPathOf(path: string): Promise<string> {
  const missing: string[] = [];
  for (let current = path.replace(/\/+$/, "") || "/"; ; current = dirname(current)) {
    try {
      return [(await realpath(current)).replace(/\/$/, ""), ...missing].join("/") || "/";
    } catch (error) {
      if (current === "/") throw error;
      missing.unshift(current.slice(current.lastIndexOf("/") + 1));
    }
  }
}
