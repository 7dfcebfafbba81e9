import { LIST_PAGE_DEFAULT, LIST_PAGE_MAX } from "../constants/transfer.js";
import type { DriverListCall, DriverListEntry, DriverListPage } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { compareUtf16, compareUtf8 } from "../keys/compare.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import type { StoreContext } from "../store/context.js";
import type { ListOptions, PageOptions } from "../store/options.js";
import type { ListEntry, ListPage, ObjectEntry } from "../store/results.js";
import { attempt } from "./attempt.js";
import { groupByDelimiter } from "./group-by-delimiter.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { sortListing } from "./sort-listing.js";

/** A lazy listing: nothing is asked of the service before it is iterated, and each iteration begins anew. */
export interface Listing<Entry extends ListEntry = ListEntry> extends AsyncIterable<Entry> {
  /** Page by page, each with a token that goes on from there in another process. */
  pages(options?: PageOptions): AsyncIterable<ListPage<Entry>>;
  /** Everything; mind the size. */
  toArray(): Promise<Entry[]>;
}

export function list(context: StoreContext, given: ListOptions | undefined): Listing {
  const pages = (options?: PageOptions): AsyncGenerator<ListPage> => listPages(context, given, options);
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<ListEntry> {
      for await (const page of pages()) for (const entry of page.entries) yield entry;
    },
    pages: (options) => pages(options ?? {}),
    async toArray(): Promise<ListEntry[]> {
      const entries: ListEntry[] = [];
      // Not push(...): a page may hold more entries than a call takes arguments.
      for await (const page of pages()) for (const entry of page.entries) entries.push(entry);
      return entries;
    },
  };
}

/** Each step is an operation of its own: retried, timed and reported, with nothing in flight between steps. */
async function* listPages(
  context: StoreContext,
  given: ListOptions | undefined,
  givenPages: PageOptions | undefined,
): AsyncGenerator<ListPage> {
  let source: PageSource | undefined;
  try {
    for (let first = true; ; first = false) {
      const page = await inScope(context, "list", undefined, given ?? {}, false, async (scope) => {
        const options = checkOptions("list", given);
        source ??= driverPages(context, options, scope.callerSignal, checkPageOptions(givenPages));
        const { next } = source;
        return attempt(scope, (call) => next(call));
      });
      if (isShown(page, first && givenPages?.token === undefined)) yield page;
      if (page.token === undefined) return;
    }
  } finally {
    await source?.close();
  }
}

/** A listing that is part of another operation: its signal, retries and errors are that operation's. */
export async function* listWithin(scope: Scope, options: ListOptions): AsyncGenerator<ListPage> {
  checkListOptions(options);
  const source = driverPages(scope.context, options, scope.signal, {});
  try {
    for (;;) {
      const page = await attempt(scope, (call) => source.next(call));
      if (page.entries.length > 0) yield page;
      if (page.token === undefined) return;
    }
  } finally {
    await source.close();
  }
}

/**
 * A service may answer an empty page with a token: not the end, and nothing to show. The last page is shown although it is empty
 * where pages came before it, so that whoever goes by tokens learns that there is no more.
 */
function isShown(page: ListPage, only: boolean): boolean {
  return page.entries.length > 0 || (page.token === undefined && !only);
}

function checkPageOptions(given: PageOptions | undefined): PageOptions {
  if (given === undefined) return {};
  const { pageSize = LIST_PAGE_DEFAULT, token } = checkOptions("pages", given);
  if (!Number.isSafeInteger(pageSize) || pageSize < 1 || pageSize > LIST_PAGE_MAX) {
    throw invalid(`pageSize is a whole number from 1 to ${LIST_PAGE_MAX}, not ${describe(pageSize)}`);
  }
  if (token !== undefined && (typeof token !== "string" || token === "")) {
    throw invalid(`token is what an earlier page carried, not ${describe(token)}`);
  }
  return { pageSize, token };
}

interface PageSource {
  next(call: Pick<DriverListCall, "signal" | "timeouts" | "native">): Promise<ListPage>;
  close(): Promise<void>;
}

/** The driver's pages; after a failed step the listing is opened again at the last token, so that a retry goes on. */
function driverPages(
  context: StoreContext,
  options: ListOptions,
  signal: AbortSignal | undefined,
  { pageSize, token: firstToken }: PageOptions,
): PageSource {
  checkListOptions(options);
  const { prefix = "", delimiter, startAfter, order } = options;
  const utf16 = context.capabilities.listOrder === "utf16" && order !== "utf8";
  const compare = utf16 ? compareUtf16 : compareUtf8;
  let iterator: AsyncIterator<DriverListPage> | undefined;
  let token = firstToken;
  return {
    async next(call) {
      iterator ??= openDriver(
        context,
        {
          ...call,
          // The caller's own signal lives as long as the listing; a step's deadline does not.
          signal,
          ...{ prefix, delimiter, token, pageSize },
          startAfter: token === undefined ? startAfter : undefined,
        },
        order,
      )[Symbol.asyncIterator]();
      try {
        const step = await untilAborted(iterator.next(), call.signal === signal ? undefined : call.signal);
        if (step.done === true) return { entries: [], token: undefined };
        ({ token } = step.value);
        return { entries: merged(compare, step.value), token };
      } catch (error) {
        const failed = iterator;
        iterator = undefined;
        // Not waited for: a step that timed out may never answer.
        void failed.return?.().catch(() => {});
        throw error;
      }
    },
    async close() {
      await iterator?.return?.();
    },
  };
}

function openDriver(
  context: StoreContext,
  call: DriverListCall,
  order: ListOptions["order"],
): AsyncIterable<DriverListPage> {
  const { driver, capabilities } = context;
  const { delimiter } = call;
  const total = capabilities.listOrder === "utf8" || capabilities.listOrder === "utf16";
  const grouped = delimiter === undefined || delimiter === "/" || driver.capabilities.delimiters === "any";
  if (order === "utf8" && capabilities.listOrder !== "utf8") return sortListing(context, call);
  if (grouped) return driver.list(call);
  // Keys of one group follow each other in a total order only.
  return total ? groupByDelimiter(driver, { ...call, delimiter }) : sortListing(context, call);
}

/** Ends the wait for a step when its own deadline passes. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}

/** Entries and prefixes of one page as one sequence, each in the order that the driver gives them. */
function merged(compare: (a: string, b: string) => number, page: DriverListPage): ListEntry[] {
  const { entries, prefixes } = page;
  if (prefixes.length === 0) return entries.map(toObjectEntry);
  const result: ListEntry[] = [];
  let next = 0;
  for (const entry of entries) {
    for (let prefix = prefixes[next]; prefix !== undefined && compare(prefix, entry.key) < 0; prefix = prefixes[next]) {
      result.push({ kind: "prefix", prefix });
      next += 1;
    }
    result.push(toObjectEntry(entry));
  }
  for (const prefix of prefixes.slice(next)) result.push({ kind: "prefix", prefix });
  return result;
}

function toObjectEntry(entry: DriverListEntry): ObjectEntry {
  const { key, size, etag, lastModified, versionId, native } = entry;
  // Plain assignments: this runs for every entry of a listing.
  const result: { -readonly [Name in keyof ObjectEntry]: ObjectEntry[Name] } = {
    kind: "object",
    key,
    size,
    etag,
    lastModified,
  };
  if (versionId !== undefined) result.versionId = versionId;
  if (native !== undefined) result.native = native;
  return result;
}

function checkListOptions(options: ListOptions): void {
  const { prefix, delimiter, startAfter, order } = options;
  if (prefix !== undefined && typeof prefix !== "string") throw invalid(`prefix is a string, not ${describe(prefix)}`);
  if (delimiter !== undefined && (typeof delimiter !== "string" || delimiter === "")) {
    throw invalid(`delimiter is a non-empty string, not ${describe(delimiter)}`);
  }
  if (startAfter !== undefined && typeof startAfter !== "string") {
    throw invalid(`startAfter is a string, not ${describe(startAfter)}`);
  }
  for (const [name, text] of [
    ["prefix", prefix],
    ["startAfter", startAfter],
    ["delimiter", delimiter],
  ] as const) {
    if (text !== undefined && /[\0\p{Cs}]/u.test(text))
      throw invalid(`${name} holds NUL or a lone surrogate, which no key does`);
  }
  if (order !== undefined && order !== "utf8") throw invalid(`order is "utf8" or absent, not ${describe(order)}`);
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
