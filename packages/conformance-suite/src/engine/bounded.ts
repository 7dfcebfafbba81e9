import { CheckFailed } from "./checks.js";

/** More pages than any case has. */
const MOST = 3000;

/** The items, unless there is no end to them: a listing that never ends is a fault to be told, not one to hang on. */
export async function* bounded<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    count += 1;
    if (count > MOST) throw new CheckFailed(`the listing did not end after ${MOST} pages`);
    yield item;
  }
}
