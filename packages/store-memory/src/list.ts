import { compareUtf8, LIST_PAGE_DEFAULT, StoreError } from "@stowage/core";
import type { DriverListCall, DriverListEntry, DriverListPage } from "@stowage/core";
import type { MemoryContainer } from "./containers.js";

/**
 * Pages in UTF-8 order. The names are those of the beginning, less what was deleted meanwhile; each token begins anew after the last
 * name that was given and is no more than that name, so that nothing shifts or repeats.
 */
export async function* listMemory(find: () => MemoryContainer, call: DriverListCall): AsyncGenerator<DriverListPage> {
  const { prefix, delimiter, pageSize = LIST_PAGE_DEFAULT } = call;
  let after: Position | undefined = call.token === undefined ? undefined : readToken(call.token);
  if (after === undefined && call.startAfter !== undefined) after = { name: call.startAfter, group: false };
  const names = sortedNames(find(), prefix);
  for (let next = 0; ;) {
    const { objects } = find();
    const entries: DriverListEntry[] = [];
    const prefixes: string[] = [];
    let more = false;
    for (; next < names.length; next++) {
      const key = names[next] ?? "";
      const group = delimiter === undefined ? undefined : groupOf(key, prefix, delimiter);
      const stored = objects.get(key);
      if (stored === undefined || (after !== undefined && isBehind(key, group, after))) continue;
      if (entries.length + prefixes.length === pageSize) {
        more = true;
        break;
      }
      if (group === undefined) {
        entries.push({
          key,
          size: stored.bytes.byteLength,
          etag: stored.etag,
          lastModified: new Date(stored.lastModified),
        });
        after = { name: key, group: false };
      } else {
        prefixes.push(group);
        after = { name: group, group: true };
      }
    }
    yield { entries, prefixes, token: more && after !== undefined ? JSON.stringify(after) : undefined };
    if (!more) return;
  }
}

/** The last name given: a key, or a common prefix with everything below it. */
interface Position {
  readonly name: string;
  readonly group: boolean;
}

function isBehind(key: string, group: string | undefined, after: Position): boolean {
  if (after.group && key.startsWith(after.name)) return true;
  // A key that startAfter or the token lies before stays behind; a group is judged by its own name.
  if (compareUtf8(key, after.name) <= 0) return true;
  return group !== undefined && compareUtf8(group, after.name) <= 0 && !after.name.startsWith(group);
}

function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

function sortedNames(container: MemoryContainer, prefix: string): string[] {
  const names: string[] = [];
  for (const key of container.objects.keys()) if (key.startsWith(prefix)) names.push(key);
  return names.sort(compareUtf8);
}

function readToken(token: string): Position {
  try {
    const value: unknown = JSON.parse(token);
    if (typeof value === "object" && value !== null && "name" in value && "group" in value) {
      const { name, group } = value;
      if (typeof name === "string" && typeof group === "boolean") return { name, group };
    }
  } catch {
    // Not JSON: the same answer as for any other text that is no token.
  }
  throw new StoreError({ code: "InvalidArgument", message: "this is no token of this listing" });
}
