import { StoreError } from "@stowage/core";
import type { DriverListCall, DriverListEntry, DriverListPage, StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";

/** How a listing goes wrong: each member replaces one step of a right one. */
export interface ListFaults {
  matches?(key: string, prefix: string): boolean;
  compare?(one: string, other: string): number;
  /** Is the key beyond the cursor (`startAfter`, or the last key of the page before)? */
  beyond?(key: string, cursor: string, fromToken: boolean): boolean;
  /** The common prefix that the key falls under, or `undefined`. */
  group?(key: string, prefix: string, delimiter: string): string | undefined;
  /** The token of a page that ended at `last`, `count` entries from the start. */
  token?(last: string, count: number): string;
  /** How a token is understood; the default throws `InvalidArgument` for a foreign one. */
  cursor?(token: string, names: readonly string[]): string | undefined;
  pageSize?(asked: number): number;
  entry?(entry: DriverListEntry): DriverListEntry;
  /** Last say over a page. */
  page?(page: DriverListPage, call: DriverListCall): DriverListPage;
}

/** UTF-8 order, as listings have it. */
export const utf8 = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** A listing made anew over all keys of the driver, right but for the faults. */
export function naiveList(driver: StoreDriver, faults: ListFaults): StoreDriver {
  const {
    matches = (key, prefix) => key.startsWith(prefix),
    compare = utf8,
    beyond = (key, cursor) => utf8(key, cursor) > 0,
    group = groupOf,
    token = (last) => `after:${last}`,
    cursor = defaultCursor,
    pageSize = (asked) => asked,
    entry = (unchanged) => unchanged,
    page = (unchanged) => unchanged,
  } = faults;
  return forwardDriver(driver, {
    async *list(call) {
      let resume = call.token;
      for (;;) {
        const all = await everything(driver, call);
        const named = new Map<string, DriverListEntry | undefined>();
        for (const one of all
          .filter(({ key }) => matches(key, call.prefix))
          .toSorted((a, b) => compare(a.key, b.key))) {
          const prefix = call.delimiter === undefined ? undefined : group(one.key, call.prefix, call.delimiter);
          const skip =
            resume === undefined && call.startAfter !== undefined && !beyond(one.key, call.startAfter, false);
          if (!skip) named.set(prefix ?? one.key, prefix === undefined ? one : undefined);
        }
        const names = [...named.keys()];
        const from = resume === undefined ? undefined : cursor(resume, names);
        const rest = from === undefined ? names : names.filter((name) => beyond(name, from, true));
        const size = pageSize(Math.min(call.pageSize ?? 1000, 1000));
        const shown = rest.slice(0, size);
        const last = shown.at(-1);
        const more = rest.length > shown.length && last !== undefined;
        const next = more ? token(last, names.length - rest.length + shown.length) : undefined;
        yield page(
          {
            entries: shown.flatMap((name) => named.get(name) ?? []).map(entry),
            prefixes: shown.filter((name) => named.get(name) === undefined),
            token: next,
          },
          call,
        );
        if (next === undefined) return;
        resume = next;
      }
    },
  });
}

/** The common prefix that a key falls under. */
export function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

function defaultCursor(token: string): string {
  if (token.startsWith("after:")) return token.slice("after:".length);
  throw new StoreError({ code: "InvalidArgument", message: "this token is not of this listing" });
}

async function everything(driver: StoreDriver, call: DriverListCall): Promise<DriverListEntry[]> {
  const entries: DriverListEntry[] = [];
  const pages = driver.list({
    ...call,
    prefix: "",
    delimiter: undefined,
    startAfter: undefined,
    token: undefined,
    pageSize: undefined,
  });
  for await (const { entries: found } of pages) entries.push(...found);
  return entries;
}

/** A token that is a count of the entries before it. */
export function offsetCursor(token: string, names: readonly string[]): string | undefined {
  if (!token.startsWith("at:"))
    throw new StoreError({ code: "InvalidArgument", message: "this token is not of this listing" });
  return names[Number(token.slice(3)) - 1];
}
