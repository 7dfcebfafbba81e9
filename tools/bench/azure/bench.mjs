// What Azure's operations cost this process in CPU, beside the SDK and OpenDAL, against a sink that answers in Azure's form.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { interleave } from "../measure/interleave.mjs";
import { cpuPerOperation, cpuRatio } from "../measure/statistics.mjs";
import { install } from "../../run/install.mjs";

const KIB = 1_024;
const MIB = KIB * KIB;

/** Fewer are quicker and less certain. */
const ROUNDS = Number(process.env["STOWAGE_BENCH_ROUNDS"] ?? 5);

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {import("./work.mjs").Work} work
 * @property {number} size
 * @property {number} operations
 * @property {number} sdkOperations the SDK costs so much that fewer tell as much
 * @property {number} width requests in flight
 * @property {number} [part]
 * @property {Record<string, number>} peers floors: the share of a peer's CPU an operation
 */

/** An operation of a listing is one page of 5,000 names. @type {Case[]} */
const CASES = [
  {
    title: "get of 16 KiB, 64 in flight",
    work: "get",
    size: 16 * KIB,
    operations: 10_000,
    sdkOperations: 2_000,
    width: 64,
    peers: { sdk: 0.15, opendal: 0.7 },
  },
  {
    title: "put of 16 KiB, 64 in flight",
    work: "put",
    size: 16 * KIB,
    operations: 10_000,
    sdkOperations: 2_000,
    width: 64,
    peers: { sdk: 0.18, opendal: 0.7 },
  },
  {
    title: "256 MiB into the caller's memory, 8 ranges of 8 MiB in flight",
    work: "getInto",
    size: 256 * MIB,
    operations: 3,
    sdkOperations: 3,
    width: 8,
    part: 8 * MIB,
    peers: { sdk: 0.6 },
  },
  {
    title: "256 MiB in blocks, 8 of 8 MiB in flight",
    work: "putParts",
    size: 256 * MIB,
    operations: 3,
    sdkOperations: 3,
    width: 8,
    part: 8 * MIB,
    peers: { sdk: 1 },
  },
  {
    title: "page of 5,000 names",
    work: "list",
    size: 0,
    operations: 40,
    sdkOperations: 4,
    width: 1,
    peers: { sdk: 0.05, opendal: 0.5 },
  },
];

/**
 * @param {{ log: (text: string) => void }} context
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
export default async function bench({ log }) {
  await install(fileURLToPath(new URL(".", import.meta.url)), log);
  const sink = fork(fileURLToPath(new URL("sink.mjs", import.meta.url)), { execArgv: [] });
  try {
    const [{ port }] = /** @type {[{ port: number }]} */ (await once(sink, "message"));
    const wanted = process.env["STOWAGE_BENCH_CASES"];
    /** @type {import("../measure/rows.mjs").Row[]} */
    const rows = [];
    for (const one of CASES.filter(({ title }) => wanted === undefined || title.includes(wanted))) {
      rows.push(...(await measure(one, `http://127.0.0.1:${port}/acct`, log)));
    }
    return rows;
  } finally {
    sink.disconnect();
  }
}

/**
 * @param {Case} one
 * @param {string} endpoint
 * @param {(text: string) => void} log
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
async function measure({ title, work, size, operations, sdkOperations, width, part = 0, peers }, endpoint, log) {
  log(title);
  const module = new URL("work.mjs", import.meta.url);
  const contender = (/** @type {string} */ client) => ({
    module,
    options: { client, work, endpoint, size, operations: client === "sdk" ? sdkOperations : operations, width, part },
  });
  const names = ["stowage", ...Object.keys(peers)];
  const measured = await interleave(Object.fromEntries(names.map((name) => [name, contender(name)])), {
    rounds: ROUNDS,
    log,
  });
  const of = (/** @type {string} */ name) => measured[name] ?? [];
  /** @type {import("../measure/rows.mjs").Row[]} */
  const rows = Object.entries(peers).map(([peer, floor]) => ({
    name: title,
    measure: `CPU, x of ${peer}`,
    value: cpuRatio(of("stowage"), of(peer)),
    better: "lower",
    floor,
  }));
  for (const name of names) {
    const { median, min } = cpuPerOperation(of(name));
    rows.push({ name: title, measure: `CPU us an operation, ${name}, median`, value: median, better: "lower" });
    rows.push({ name: title, measure: `CPU us an operation, ${name}, least`, value: min, better: "lower" });
  }
  return rows;
}
