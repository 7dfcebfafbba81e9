import { SORT_BUDGET_DEFAULT } from "../constants/transfer.js";
import type { DriverListCall, DriverListEntry, DriverListPage } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { compareUtf8 } from "../keys/compare.js";
import type { StoreContext } from "../store/context.js";

/** Rough size of an entry beside its key: the object, a number, a date, an etag. */
const ENTRY_OVERHEAD_BYTES = 200;

/**
 * A listing in UTF-8 order out of one in another order: gathered whole and sorted, or `Unsupported` when it takes more memory than
 * the sort budget. One page; a token cannot be given.
 */
export async function* sortListing(context: StoreContext, call: DriverListCall): AsyncGenerator<DriverListPage> {
  if (call.token !== undefined || call.pageSize !== undefined) {
    throw new StoreError({
      code: "Unsupported",
      message: `a ${context.scheme}:// listing in another order than its own cannot be paged; iterate it`,
      capability: "listOrder",
    });
  }
  const entries: DriverListEntry[] = [];
  const prefixes = new Set<string>();
  let bytes = 0;
  for await (const page of context.driver.list({ ...call, startAfter: undefined })) {
    for (const entry of page.entries) {
      bytes += entry.key.length + ENTRY_OVERHEAD_BYTES;
      if (call.startAfter === undefined || compareUtf8(entry.key, call.startAfter) > 0) entries.push(entry);
    }
    for (const prefix of page.prefixes) {
      bytes += prefix.length;
      if (call.startAfter === undefined || compareUtf8(prefix, call.startAfter) > 0) prefixes.add(prefix);
    }
    if (bytes > SORT_BUDGET_DEFAULT) {
      throw new StoreError({
        code: "Unsupported",
        message: `sorting this listing takes more than ${SORT_BUDGET_DEFAULT} bytes; list narrower prefixes, or take it as it comes`,
        capability: "listOrder",
      });
    }
  }
  entries.sort((a, b) => compareUtf8(a.key, b.key));
  yield { entries, prefixes: [...prefixes].sort(compareUtf8), token: undefined };
}
