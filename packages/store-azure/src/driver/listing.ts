import { AZURE_LIST_PAGE_MAX } from "@stowage/core";
import type { DriverCall, DriverListCall, DriverListPage } from "@stowage/core";
import type { BlobOperations, BlobPage } from "./operations.js";
import { formatPageToken, readPageToken } from "./page-token.js";

/**
 * Pages of a listing. Azure begins a listing at a prefix or at a marker of its own, never after a key: what comes before
 * `startAfter` is read and dropped. Pages that hold nothing are passed over, their markers followed.
 */
export async function* listPages(operations: BlobOperations, call: DriverListCall): AsyncGenerator<DriverListPage> {
  const { prefix, delimiter, startAfter } = call;
  let marker = call.token === undefined ? undefined : readPageToken(call.token, prefix, delimiter);
  const pageSize = call.pageSize === undefined ? undefined : Math.min(call.pageSize, AZURE_LIST_PAGE_MAX);
  do {
    const page = await operations.listPage({ prefix, delimiter, marker, pageSize }, call);
    const kept = startAfter === undefined ? page : await after(operations, page, startAfter, call);
    marker = page.marker;
    const last = marker === undefined;
    if (!last && kept.entries.length === 0 && kept.prefixes.length === 0) continue;
    const token = marker === undefined ? undefined : formatPageToken(marker, prefix, delimiter);
    yield { entries: kept.entries, prefixes: kept.prefixes, token };
  } while (marker !== undefined);
}

/** What of a page comes after a key, in the order in which Azure lists: by UTF-16 units, as JavaScript compares. */
async function after(
  operations: BlobOperations,
  page: BlobPage,
  startAfter: string,
  call: DriverCall,
): Promise<Pick<BlobPage, "entries" | "prefixes">> {
  const entries = page.entries.filter(({ key }) => key > startAfter);
  const prefixes: string[] = [];
  for (const prefix of page.prefixes) {
    if (
      prefix > startAfter ||
      (startAfter.startsWith(prefix) && (await hasAfter(operations, prefix, startAfter, call)))
    ) {
      prefixes.push(prefix);
    }
  }
  return { entries, prefixes };
}

/** Is there a key below `prefix` that comes after `startAfter`? */
async function hasAfter(
  operations: BlobOperations,
  prefix: string,
  startAfter: string,
  call: DriverCall,
): Promise<boolean> {
  let marker: string | undefined;
  do {
    const page = await operations.listPage({ prefix, delimiter: undefined, marker, pageSize: undefined }, call);
    if (page.entries.some(({ key }) => key > startAfter)) return true;
    marker = page.marker;
  } while (marker !== undefined);
  return false;
}
