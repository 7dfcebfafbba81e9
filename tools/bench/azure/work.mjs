// Contender of one case: does the work with one client and verifies what comes back.
import { inFlight } from "../measure/in-flight.mjs";
import { createClient } from "./clients.mjs";

const PATTERN = 0x5a;
/** What the sink lists. */
const PAGES_A_LISTING = 4;
const NAMES_A_LISTING = 20_000;

/** @param {{ client: string, work: string, endpoint: string, size: number, operations: number, width: number, part: number }} options */
export default async function setUp({ client: name, work, endpoint, size, operations, width, part }) {
  const client = await createClient(name, endpoint);
  const key = `object-${size}`;
  const bytes = new Uint8Array(size).fill(PATTERN);
  const target = new Uint8Array(work === "getInto" ? size : 0);
  const runs = /** @type {Record<string, () => Promise<unknown>>} */ ({
    get: () => inFlight(operations, width, async () => check(await client.get(key), size)),
    put: () => inFlight(operations, width, () => client.put(key, bytes)),
    async getInto() {
      for (let round = 0; round < operations; round += 1) {
        target[0] = target[size - 1] = 0;
        await client.getInto(key, target, part, width);
        check(target, size);
      }
    },
    async putParts() {
      for (let round = 0; round < operations; round += 1) await client.putParts(key, bytes, part, width);
    },
    async list() {
      for (let page = 0; page < operations; page += PAGES_A_LISTING) {
        const names = await client.list();
        if (names !== NAMES_A_LISTING) throw new Error(`${name} listed ${names} of ${NAMES_A_LISTING} names`);
      }
    },
  });
  const run = runs[work];
  if (run === undefined) throw new Error(`no work ${work}`);
  return {
    run: async () => {
      await run();
      return operations;
    },
    close: () => client.close(),
  };
}

/** @param {Uint8Array} bytes @param {number} size */
function check(bytes, size) {
  const sample = [0, size >> 1, size - 1].every((index) => bytes[index] === PATTERN);
  if (bytes.byteLength !== size || !sample) throw new Error(`wrong bytes: ${bytes.byteLength} of ${size}`);
}
