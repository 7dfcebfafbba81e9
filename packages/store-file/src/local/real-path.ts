import { dirname } from "node:path";
import { realpath } from "./fs-calls.js";

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
