// One client at one task, for measure/child.mjs.
import { inFlight } from "../measure/in-flight.mjs";
import { content, verify } from "../measure/pattern.mjs";

/**
 * @typedef {object} Connection
 * @property {string} endpoint
 * @property {string} [caFile] the authority of a TLS endpoint
 * @property {string} [opendal] the module of an OpenDAL that trusts it
 * @property {boolean} [checksum]
 */
/**
 * @typedef {object} Task
 * @property {"get" | "put" | "getInto" | "putParts" | "list" | "deleteMany"} task
 * @property {number} size bytes of an object, keys of a batch, pages of a listing
 * @property {number} operations how many of them
 */

/** Requests in flight of small objects; parts in flight of large ones. */
const WIDTH = 64;
const LANES = 8;
const PART_SIZE = 8 * 2 ** 20;

/** @param {{ client: string, connection: Connection } & Task} options */
export default async function setUp({ client, connection, task, size, operations }) {
  const { open } = await import(new URL(`clients/${client}.mjs`, import.meta.url).href);
  const opened = await open(connection);
  const { close } = opened;
  const key = `object-${size}`;
  const body = task === "put" || task === "putParts" ? content(size) : Buffer.alloc(0);
  const target = task === "getInto" ? Buffer.alloc(size) : body;
  const keys = Array.from(
    { length: task === "deleteMany" ? size : 0 },
    (_, i) => `year=2026/month=01/part-${i}.parquet`,
  );
  const tasks = {
    get: () => inFlight(operations, WIDTH, async () => verify(await opened.get(key), size)),
    put: () => inFlight(operations, WIDTH, () => opened.put("upload", body)),
    getInto: () =>
      inFlight(operations, 1, async () => {
        target[size - 1] = 0;
        await opened.getInto(key, target, PART_SIZE, LANES);
        verify(target, size);
      }),
    putParts: () => inFlight(operations, 1, () => opened.putParts("upload", body, PART_SIZE, LANES)),
    list: () =>
      inFlight(operations, 1, async () => {
        const count = await opened.list(`pages-${size}/`);
        if (count !== size * 1000) throw new Error(`listed ${count} keys instead of ${size * 1000}`);
      }),
    deleteMany: () => inFlight(operations, 4, () => opened.deleteMany(keys)),
  };
  /** A listing counts its pages. */
  const done = task === "list" ? operations * size : operations;
  return {
    async run() {
      await tasks[task]();
      return done;
    },
    close,
  };
}
