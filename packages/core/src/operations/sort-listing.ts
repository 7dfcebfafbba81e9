import { SORT_BUDGET_DEFAULT } from "../constants/transfer.js";
import type { DriverListCall, DriverListEntry, DriverListPage } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { compareUtf8 } from "../keys/compare.js";
import type { StoreContext } from "../store/context.js";

/** Rough size of an entry beside its key: the object, a number, a date, an etag. */
const ENTRY_OVERHEAD_BYTES = 200;

/**
 * A listing in UTF-8 order out of one in another order: gathered whole and sorted, or `Unsupported` when it takes more memory than
 * the sort budget. Each token gathers anew and goes on after the name it holds.
 */
export async function* sortListing(context: StoreContext, call: DriverListCall): AsyncGenerator<DriverListPage> {
  const { pageSize = Number.MAX_SAFE_INTEGER } = call;
  const after = call.token === undefined ? undefined : readToken(call.token);
  const names = await gather(context, call);
  const sorted = [...names.keys()].filter((name) => after === undefined || compareUtf8(name, after) > 0);
  sorted.sort(compareUtf8);
  for (let start = 0; start === 0 || start < sorted.length; start += pageSize) {
    const page = sorted.slice(start, start + pageSize);
    const entries = page.flatMap((name) => names.get(name) ?? []);
    const prefixes = page.filter((name) => names.get(name) === undefined);
    const more = start + pageSize < sorted.length;
    yield { entries, prefixes, token: more ? JSON.stringify({ sorted: page.at(-1) }) : undefined };
  }
}

/** Names and what they stand for: an entry, or `undefined` for a common prefix. */
async function gather(
  { driver, scheme }: StoreContext,
  call: DriverListCall,
): Promise<ReadonlyMap<string, DriverListEntry | undefined>> {
  const { prefix, delimiter, startAfter } = call;
  // With startAfter, a common prefix shows as long as one key below it comes after: only the keys tell.
  const byDriver =
    startAfter === undefined && (delimiter === "/" || driver.capabilities.delimiters === "any") ? delimiter : undefined;
  const whole = { ...call, delimiter: byDriver, startAfter: undefined, token: undefined, pageSize: undefined };
  const names = new Map<string, DriverListEntry | undefined>();
  let bytes = 0;
  for await (const page of driver.list(whole)) {
    for (const found of page.prefixes) names.set(found, undefined);
    for (const entry of page.entries) {
      const { key } = entry;
      if (startAfter !== undefined && compareUtf8(key, startAfter) <= 0) continue;
      const at = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      if (at === -1 || delimiter === undefined) {
        names.set(key, entry);
        bytes += key.length + ENTRY_OVERHEAD_BYTES;
      } else {
        names.set(key.slice(0, at + delimiter.length), undefined);
      }
    }
    if (bytes + names.size * ENTRY_OVERHEAD_BYTES > SORT_BUDGET_DEFAULT) {
      throw new StoreError({
        code: "Unsupported",
        message: `sorting this ${scheme}:// listing takes more than ${SORT_BUDGET_DEFAULT} bytes; list narrower prefixes, or take it as it comes`,
        capability: "listOrder",
      });
    }
  }
  return names;
}

function readToken(token: string): string {
  try {
    const value: unknown = JSON.parse(token);
    if (typeof value === "object" && value !== null && "sorted" in value && typeof value.sorted === "string") {
      return value.sorted;
    }
  } catch {
    // Falls through: whatever it is, it is no token.
  }
  throw new StoreError({ code: "InvalidArgument", message: "this is no token of this listing" });
}
