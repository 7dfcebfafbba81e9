import type { StoreDriver } from "@stowage/core";
import { forwardDriver } from "./forward.js";

/** A driver whose every page is followed by an empty one with a token, as Azure's may be. */
export function withEmptyPages(driver: StoreDriver): StoreDriver {
  return forwardDriver(driver, {
    async *list(call) {
      const { token } = call;
      const empty = token?.startsWith("+") === true;
      const pages = driver.list({ ...call, token: empty ? token.slice(1) : token });
      for await (const page of pages) {
        yield { ...page, token: page.token === undefined ? undefined : `+${page.token}` };
        if (page.token !== undefined) yield { entries: [], prefixes: [], token: page.token };
      }
    },
  });
}
