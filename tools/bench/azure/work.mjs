// Contender of one case: does the work with one client and verifies what comes back.
import { inFlight } from "../measure/in-flight.mjs";
import { content, verify } from "../measure/pattern.mjs";
import { createClient } from "./clients.mjs";
import { nameOf, NAMES_A_PAGE, PAGES } from "./listing.mjs";

/** @typedef {"get" | "put" | "getInto" | "putParts" | "list"} Work */

/** @param {{ client: string, work: Work, endpoint: string, size: number, operations: number, width: number, part: number }} options */
export default async function setUp({ client: name, work, endpoint, size, operations, width, part }) {
  const client = await createClient(name, endpoint);
  const key = `object-${size}`;
  const bytes = work === "put" || work === "putParts" ? content(size) : Buffer.alloc(0);
  const target = new Uint8Array(work === "getInto" ? size : 0);
  const works = {
    get: () => inFlight(operations, width, async () => verify(await client.get(key), size)),
    put: () => inFlight(operations, width, () => client.put(key, bytes)),
    getInto: () =>
      inFlight(operations, 1, async () => {
        for (let at = 0; at < size; at += part) target[at] = ~(target[at] ?? 0);
        await client.getInto(key, target, part, width);
        verify(target, size);
      }),
    // The sink refuses an object that is not what its key promises.
    putParts: () => inFlight(operations, 1, () => client.putParts(key, bytes, part, width)),
    list: () =>
      inFlight(operations / PAGES, 1, async () => {
        const names = await client.list();
        const { length } = names;
        if (length !== PAGES * NAMES_A_PAGE) throw new Error(`${name} listed ${length} names`);
        if (names[length - 1] !== nameOf(PAGES - 1, NAMES_A_PAGE - 1)) throw new Error(`${name} listed a wrong name`);
      }),
  };
  return {
    run: async () => {
      await works[work]();
      return operations;
    },
    close: () => client.close(),
  };
}
