import type { StoreDriver } from "../driver/driver.js";
import type { DriverListCall, DriverListEntry, DriverListPage } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { compareUtf16, compareUtf8 } from "../keys/compare.js";

/** Sorts behind every character that names hold in practice; keys beyond it are met by comparing groups. */
const LAST = { utf8: "\u{10FFFF}", utf16: "\u{FFFF}" };

/**
 * A delimiter listing out of a flat one, for drivers that group by `/` only. In a total order all keys of a common prefix follow
 * each other. A token names the last entry given and the driver's page that it came from, so it goes on anywhere, also after that
 * entry was deleted. `startAfter` is about keys: a common prefix shows as long as one key below it comes after.
 */
export async function* groupByDelimiter(
  driver: StoreDriver,
  call: DriverListCall & { readonly delimiter: string },
): AsyncGenerator<DriverListPage> {
  const { prefix, delimiter, pageSize } = call;
  const utf16 = driver.capabilities.listOrder === "utf16";
  const compare = utf16 ? compareUtf16 : compareUtf8;
  const resumed = call.token === undefined ? undefined : readToken(call.token);
  let last: Position | undefined = resumed?.last;
  let start: Pick<DriverListCall, "token" | "startAfter"> = { token: undefined, startAfter: call.startAfter };
  if (resumed !== undefined) {
    start =
      resumed.page === undefined
        ? { token: undefined, startAfter: endOf(resumed.last, utf16) }
        : { token: resumed.page, startAfter: undefined };
  }
  let entries: DriverListEntry[] = [];
  let prefixes: string[] = [];
  /** Where a listing that goes on after `last` has to look: the driver's page that held it. */
  let lastPage = resumed?.page;
  const flush = (token: string | undefined): DriverListPage => {
    const page = { entries, prefixes, token };
    entries = [];
    prefixes = [];
    return page;
  };
  for (;;) {
    let skipped: string | undefined;
    let current = start.token;
    for await (const page of driver.list({ ...call, ...start, delimiter: undefined, pageSize: undefined })) {
      let news = false;
      for (const entry of page.entries) {
        const at = entry.key.indexOf(delimiter, prefix.length);
        const group = at === -1 ? undefined : entry.key.slice(0, at + delimiter.length);
        if (last !== undefined && isGiven(entry.key, group, last, compare)) continue;
        if (last !== undefined && entries.length + prefixes.length === pageSize)
          yield flush(writeToken(last, lastPage));
        if (group === undefined) entries.push(entry);
        else prefixes.push(group);
        last = { name: group ?? entry.key, group: group !== undefined };
        lastPage = current;
        news = true;
      }
      if (page.token === undefined) break;
      current = page.token;
      if (pageSize === undefined && last !== undefined && entries.length + prefixes.length > 0) {
        yield flush(writeToken(last, current));
      }
      // A page with nothing but keys of the last group: a new listing begins behind the group, however large it is.
      if (!news && !utf16 && last?.group === true && start.startAfter !== endOf(last, utf16)) {
        skipped = endOf(last, utf16);
        break;
      }
    }
    if (skipped === undefined) break;
    start = { token: undefined, startAfter: skipped };
  }
  yield flush(undefined);
}

/** The last thing that was given: a key, or a common prefix with everything below it. */
interface Position {
  readonly name: string;
  readonly group: boolean;
}

function isGiven(
  key: string,
  group: string | undefined,
  last: Position,
  compare: (a: string, b: string) => number,
): boolean {
  if (last.group) return group === last.name || compare(key, last.name) <= 0;
  return compare(key, last.name) <= 0;
}

function endOf(last: Position, utf16: boolean): string {
  return last.group ? last.name + (utf16 ? LAST.utf16 : LAST.utf8) : last.name;
}

function writeToken(last: Position, page: string | undefined): string {
  return JSON.stringify({ ...last, page });
}

function readToken(token: string): { readonly last: Position; readonly page: string | undefined } {
  try {
    const value: unknown = JSON.parse(token);
    if (typeof value === "object" && value !== null && "name" in value && "group" in value) {
      const { name, group } = value;
      const page = "page" in value ? value.page : undefined;
      if (typeof name === "string" && typeof group === "boolean" && (page === undefined || typeof page === "string")) {
        return { last: { name, group }, page };
      }
    }
  } catch {
    // Falls through: whatever it is, it is no token.
  }
  throw new StoreError({ code: "InvalidArgument", message: "this is no token of this listing" });
}
