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
import { sortListing } from "./sort-listing.js";

/** A lazy listing: nothing is asked of the service before it is iterated, and each iteration begins anew. */
export interface Listing<Entry extends ListEntry = ListEntry> extends AsyncIterable<Entry> {
  /** Page by page, each with a token that goes on from there in another process. */
  pages(options?: PageOptions): AsyncIterable<ListPage<Entry>>;
  /** Everything; mind the size. */
  toArray(): Promise<Entry[]>;
}

export function list(context: StoreContext, given: ListOptions | undefined): Listing {
  const pages = (options: PageOptions | undefined, pageSize: number | undefined): AsyncGenerator<ListPage> =>
    listPages(context, given, options, pageSize);
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<ListEntry> {
      for await (const page of pages(undefined, undefined)) yield* page.entries;
    },
    pages: (options) => givenPages(pages, options),
    async toArray(): Promise<ListEntry[]> {
      const entries: ListEntry[] = [];
      for await (const page of pages(undefined, undefined)) entries.push(...page.entries);
      return entries;
    },
  };
}

/** Pages that have something in them, and the last one's token is `undefined`. */
async function* givenPages(
  pages: (options: PageOptions, pageSize: number) => AsyncGenerator<ListPage>,
  given: PageOptions | undefined,
): AsyncGenerator<ListPage> {
  const options = checkOptions("pages", given);
  const { pageSize = LIST_PAGE_DEFAULT, token } = options;
  if (!Number.isSafeInteger(pageSize) || pageSize < 1 || pageSize > LIST_PAGE_MAX) {
    throw invalid(`pageSize is a whole number from 1 to ${LIST_PAGE_MAX}, not ${String(pageSize)}`);
  }
  if (token !== undefined && (typeof token !== "string" || token === "")) {
    throw invalid(`token is what an earlier page carried, not ${describe(token)}`);
  }
  // A service may answer an empty page with a token: not the end, and nothing to show.
  for await (const page of pages(options, pageSize)) if (page.entries.length > 0) yield page;
}

async function* listPages(
  context: StoreContext,
  given: ListOptions | undefined,
  pageOptions: PageOptions | undefined,
  pageSize: number | undefined,
): AsyncGenerator<ListPage> {
  const source = driverPages(context, given, pageOptions?.token, pageSize);
  try {
    for (;;) {
      // Each step is an operation of its own: retried, timed and reported, with nothing in flight between steps.
      const page = await inScope(context, "list", undefined, given ?? {}, false, async (scope) => {
        const options = checkOptions("list", given);
        source.open(options);
        return attempt(scope, (call) => source.next(call));
      });
      if (page === undefined) return;
      yield page;
    }
  } finally {
    await source.close();
  }
}

interface PageSource {
  open(options: ListOptions): void;
  next(call: Pick<DriverListCall, "signal" | "timeouts" | "native">): Promise<ListPage | undefined>;
  close(): Promise<void>;
}

/** The driver's pages; after a failed step the listing is opened again at the last token, so that a retry goes on. */
function driverPages(
  context: StoreContext,
  given: ListOptions | undefined,
  firstToken: string | undefined,
  pageSize: number | undefined,
): PageSource {
  let iterator: AsyncIterator<DriverListPage> | undefined;
  let token = firstToken;
  let first = true;
  let ended = false;
  return {
    open(options) {
      if (first) checkListOptions(options);
    },
    async next(call) {
      if (ended) return undefined;
      const { prefix = "", delimiter, startAfter, order, signal } = given ?? {};
      if (iterator === undefined) {
        const listCall: DriverListCall = {
          ...call,
          // The caller's own signal lives as long as the listing; a step's deadline does not.
          signal,
          ...{ prefix, delimiter, token, pageSize },
          startAfter: token === undefined ? startAfter : undefined,
        };
        iterator = openDriver(context, listCall, order)[Symbol.asyncIterator]();
      }
      try {
        const step = await untilAborted(iterator.next(), call.signal === signal ? undefined : call.signal);
        first = false;
        if (step.done === true) {
          ended = true;
          return undefined;
        }
        ({ token } = step.value);
        if (token === undefined) ended = true;
        return { entries: merged(context, step.value), token };
      } catch (error) {
        const failed = iterator;
        iterator = undefined;
        // Not waited for: a step that timed out may never answer.
        void failed.return?.().catch(() => {});
        throw error;
      }
    },
    async close() {
      ended = true;
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
  if (order === "utf8" && capabilities.listOrder !== "utf8") return sortListing(context, call);
  const { delimiter } = call;
  if (delimiter !== undefined && delimiter !== "/" && driver.capabilities.delimiters === "slash") {
    return groupByDelimiter(driver, { ...call, delimiter });
  }
  return driver.list(call);
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

/** Entries and prefixes of one page as one sequence in the listing's order. */
function merged(context: StoreContext, page: DriverListPage): ListEntry[] {
  const objects = page.entries.map(toObjectEntry);
  if (page.prefixes.length === 0) return objects;
  const compare = context.capabilities.listOrder === "utf16" ? compareUtf16 : compareUtf8;
  const prefixes = page.prefixes.map((prefix) => ({ kind: "prefix", prefix }) as const);
  const nameOf = (entry: ListEntry): string => (entry.kind === "object" ? entry.key : entry.prefix);
  return [...objects, ...prefixes].sort((a, b) => compare(nameOf(a), nameOf(b)));
}

function toObjectEntry(entry: DriverListEntry): ObjectEntry {
  const { key, size, etag, lastModified, versionId, native } = entry;
  return {
    kind: "object",
    key,
    size,
    etag,
    lastModified,
    ...(versionId === undefined ? {} : { versionId }),
    ...(native === undefined ? {} : { native }),
  };
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
