import { CONFORMANCE_PAGES_MAX } from "@stowage/core";
import { CheckFailed } from "./checks.js";

/** The items, unless there is no end to them: a listing that never ends is a fault to be told, not one to hang on. */
export async function* bounded<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    count += 1;
    if (count > CONFORMANCE_PAGES_MAX)
      throw new CheckFailed(`the listing did not end after ${CONFORMANCE_PAGES_MAX} pages`);
    yield item;
  }
}
