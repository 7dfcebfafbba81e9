import type { StoreDriver } from "../driver/driver.js";
import type { DriverListCall, DriverListEntry, DriverListPage } from "../driver/types.js";
import { StoreError } from "../errors/index.js";

const LAST_CODE_POINT = "\u{10FFFF}";

/**
 * A delimiter listing out of a flat one, for drivers that group by `/` only. The driver's order is UTF-8, so all keys of a common
 * prefix follow each other; the token names the last entry given, so it goes on anywhere.
 */
export async function* groupByDelimiter(
  driver: StoreDriver,
  call: DriverListCall & { readonly delimiter: string },
): AsyncGenerator<DriverListPage> {
  const { prefix, delimiter, pageSize } = call;
  const resumed = call.token === undefined ? undefined : readToken(call.token);
  let lastPrefix = resumed?.prefix;
  const startAfter = resumed === undefined ? call.startAfter : (resumed.key ?? `${resumed.prefix}${LAST_CODE_POINT}`);
  // Exclusive of the keys below a prefix that startAfter lies in: the prefix itself still counts, as services do it.
  const flat = driver.list({ ...call, delimiter: undefined, token: undefined, pageSize: undefined, startAfter });
  let entries: DriverListEntry[] = [];
  let prefixes: string[] = [];
  for await (const page of flat) {
    for (const entry of page.entries) {
      const at = entry.key.indexOf(delimiter, prefix.length);
      const group = at === -1 ? undefined : entry.key.slice(0, at + delimiter.length);
      if (group !== undefined && group === lastPrefix) continue;
      if (pageSize !== undefined && entries.length + prefixes.length === pageSize) {
        yield { entries, prefixes, token: writeToken(entries, prefixes, lastPrefix) };
        entries = [];
        prefixes = [];
      }
      lastPrefix = group;
      if (group === undefined) entries.push(entry);
      else prefixes.push(group);
    }
    if (pageSize === undefined && page.token !== undefined && entries.length + prefixes.length > 0) {
      yield { entries, prefixes, token: writeToken(entries, prefixes, lastPrefix) };
      entries = [];
      prefixes = [];
    }
  }
  yield { entries, prefixes, token: undefined };
}

interface GroupToken {
  readonly key: string | undefined;
  readonly prefix: string | undefined;
}

function writeToken(
  entries: readonly DriverListEntry[],
  prefixes: readonly string[],
  lastPrefix: string | undefined,
): string {
  return JSON.stringify(
    lastPrefix !== undefined && lastPrefix === prefixes.at(-1) ? { prefix: lastPrefix } : { key: entries.at(-1)?.key },
  );
}

function readToken(token: string): GroupToken {
  try {
    const value: unknown = JSON.parse(token);
    if (typeof value === "object" && value !== null) {
      if ("prefix" in value && typeof value.prefix === "string") return { key: undefined, prefix: value.prefix };
      if ("key" in value && typeof value.key === "string") return { key: value.key, prefix: undefined };
    }
  } catch {
    // Falls through: whatever it is, it is no token.
  }
  throw new StoreError({ code: "InvalidArgument", message: "this is no token of this listing" });
}
