import * as fs from "node:fs";
import { LOCAL_LIST_BATCH, LOCAL_LIST_FIRST_BATCH } from "@stowage/core";
import type { DriverListCall, DriverListEntry, DriverListPage } from "@stowage/core";
import type { LocalContext } from "../context.js";
import { toStoreError } from "../errors.js";
import { etagOf, factsOf, lastModifiedOf } from "../facts.js";
import type { FileFacts } from "../facts.js";
import { codeOf, lstat, stat } from "../fs-calls.js";
import { hasReservedSegment } from "../names.js";
import { requireContainer } from "../open-object.js";
import { toByteString } from "./byte-order.js";
import { Problems } from "./problems.js";
import { positionAfter, readToken, writeToken } from "./token.js";
import { Walk } from "./walk.js";
import type { WalkItem } from "./walk.js";

/**
 * Pages of a listing in UTF-8 byte order over the whole tree. Lazy: the next page's files are looked at when it is asked for. When
 * there are entries that cannot be listed, the end is an error that names them, after everything else.
 */
export async function* listObjects(context: LocalContext, call: DriverListCall): AsyncGenerator<DriverListPage> {
  const resumed = call.token === undefined ? undefined : readToken(call.token);
  const after = resumed?.after ?? toByteString(call.startAfter ?? "");
  const prefix = toByteString(call.prefix);
  const problems = new Problems((key) => key > after && key.startsWith(prefix), resumed?.problems);
  const walk = new Walk(context, { prefix, after, grouped: call.delimiter !== undefined }, problems);
  await enterBase(context, walk, call.prefix);
  // Without a wish of the caller's, pages grow from a few entries: files are never looked at far ahead of who reads the first few.
  let size = call.pageSize ?? LOCAL_LIST_FIRST_BATCH;
  let ahead: readonly WalkItem[] = [];
  for (;;) {
    call.signal?.throwIfAborted();
    // One more than the page takes, by name only: whether there is a next page must be known.
    const items = [...ahead, ...(await walk.take(size + 1 - ahead.length))];
    ahead = items.splice(size);
    const last = items.at(-1);
    const ended = ahead.length === 0;
    const more = !ended || problems.count > 0;
    const token = more && last !== undefined ? writeToken(last.key, problems.upTo(positionAfter(last.key))) : undefined;
    if (last === undefined && problems.count > 0) throw problems.toError();
    yield { ...(await describeItems(context, items)), token };
    if (ended && problems.count > 0) throw problems.toError();
    if (ended) return;
    if (call.pageSize === undefined) size = Math.min(size * 2, LOCAL_LIST_BATCH);
  }
}

/** Begins in the deepest directory that all keys of the prefix lie in. A prefix that no key can have is an empty listing. */
async function enterBase(context: LocalContext, walk: Walk, prefix: string): Promise<void> {
  const base = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (base !== "" && !isPossibleDirectory(base)) return requireContainer(context);
  const root = context.root === "/" ? "" : context.root;
  const path = base === "" ? context.root : `${root}/${base.slice(0, -1)}`;
  try {
    if (base !== "") await context.confinement.checkDirectory(path);
    await walk.enter(path, toByteString(base));
  } catch (error) {
    const errno = codeOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "ENAMETOOLONG") return requireContainer(context);
    throw toStoreError(error, "read", path);
  }
}

function isPossibleDirectory(base: string): boolean {
  if (base.includes("\0") || hasReservedSegment(base)) return false;
  return base
    .slice(0, -1)
    .split("/")
    .every((segment) => segment !== "" && segment !== "." && segment !== "..");
}

async function describeItems(
  context: LocalContext,
  items: readonly WalkItem[],
): Promise<Pick<DriverListPage, "entries" | "prefixes">> {
  const prefixes = items.filter(({ key }) => key.endsWith("/")).map(({ key }) => key);
  const files = items.filter(({ key }) => !key.endsWith("/"));
  const entries: DriverListEntry[] = [];
  for (let from = 0; from < files.length; from += LOCAL_LIST_BATCH) {
    const batch = files.slice(from, from + LOCAL_LIST_BATCH);
    for (const entry of await Promise.all(batch.map((item) => describeFile(context, item)))) {
      if (entry !== undefined) entries.push(entry);
    }
  }
  return { entries, prefixes };
}

/** `undefined` for what has vanished, or become something else, since its name was read. */
async function describeFile(
  context: LocalContext,
  { key, path, link }: WalkItem,
): Promise<DriverListEntry | undefined> {
  try {
    const facts = link ? factsOf(await stat(path)) : await factsOfFile(context, path);
    if (facts?.kind !== "file") return undefined;
    return { key, size: facts.size, etag: etagOf(facts), lastModified: lastModifiedOf(facts) };
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw toStoreError(error, "read", path);
  }
}

function factsOfFile(context: LocalContext, path: string): FileFacts | undefined | Promise<FileFacts> {
  const { inline } = context;
  if (!inline.allowedNow()) return lstat(path).then(factsOf);
  const started = performance.now();
  const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  inline.took(started);
  return stats === undefined ? undefined : factsOf(stats);
}
