import type { ListOptions, ListPage, ObjectStore, PageOptions } from "@stowage/core";
import { bounded } from "../engine/bounded.js";
import { nameOf } from "./list.js";

/** So many keys, in order. */
export const numbered = (count: number, prefix = "k"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, "0")}`);

/** Pages one by one, each asked for by the token of the last, as another process would. */
export async function* paged(
  store: ObjectStore,
  options: ListOptions,
  pages: PageOptions,
  atMost = 5000,
): AsyncGenerator<string[]> {
  let token = pages.token;
  for (let count = 0; count < atMost; count += 1) {
    const page = await first(store, options, token === undefined ? pages : { ...pages, token });
    if (page === undefined) return;
    yield page.entries.map(nameOf);
    if (page.token === undefined) return;
    token = page.token;
  }
  throw new Error(`the listing did not end after ${atMost} pages`);
}

/** One page. */
export async function first(
  store: ObjectStore,
  options: ListOptions,
  pages: PageOptions,
): Promise<ListPage | undefined> {
  for await (const page of bounded(store.list(options).pages(pages))) return page;
  return undefined;
}

/** All names of all pages. */
export async function joined(pages: AsyncIterable<readonly string[]>): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}
