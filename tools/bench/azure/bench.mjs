// What Azure's operations cost this process in CPU, beside the SDK and OpenDAL, against a sink that answers in Azure's form.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { interleave } from "../measure/interleave.mjs";
import { cpuPerOperation, cpuRatio } from "../measure/statistics.mjs";
import { install } from "../../run/install.mjs";

const KIB = 1_024;
const MIB = KIB * KIB;

/**
 * Floors are shares of a peer's CPU an operation. `page`: an operation is one page of 5,000 names.
 *
 * @type {{ title: string, work: string, size: number, operations: number, width: number, part?: number, peers: Record<string, number> }[]}
 */
const CASES = [
  {
    title: "get of 16 KiB, 64 in flight",
    work: "get",
    size: 16 * KIB,
    operations: 3_000,
    width: 64,
    peers: { sdk: 0.15, opendal: 0.7 },
  },
  {
    title: "put of 16 KiB, 64 in flight",
    work: "put",
    size: 16 * KIB,
    operations: 3_000,
    width: 64,
    peers: { sdk: 0.18, opendal: 0.7 },
  },
  {
    title: "256 MiB into the caller's memory, 8 ranges of 8 MiB in flight",
    work: "getInto",
    size: 256 * MIB,
    operations: 3,
    width: 8,
    part: 8 * MIB,
    peers: { sdk: 0.6 },
  },
  {
    title: "256 MiB in blocks, 8 of 8 MiB in flight",
    work: "putParts",
    size: 256 * MIB,
    operations: 3,
    width: 8,
    part: 8 * MIB,
    peers: { sdk: 1 },
  },
  {
    title: "page of 5,000 names",
    work: "list",
    size: 0,
    operations: 20,
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
    /** @type {import("../measure/rows.mjs").Row[]} */
    const rows = [];
    for (const one of CASES) rows.push(...(await measure(one, `http://127.0.0.1:${port}/acct`, log)));
    return rows;
  } finally {
    sink.disconnect();
  }
}

/**
 * @param {typeof CASES[number]} one
 * @param {string} endpoint
 * @param {(text: string) => void} log
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
async function measure({ title, work, size, operations, width, part = 0, peers }, endpoint, log) {
  log(title);
  const module = new URL("work.mjs", import.meta.url);
  const contender = (/** @type {string} */ client) => ({
    module,
    options: { client, work, endpoint, size, operations, width, part },
  });
  const names = ["stowage", ...Object.keys(peers)];
  const measured = await interleave(Object.fromEntries(names.map((name) => [name, contender(name)])), { log });
  const of = (/** @type {string} */ name) => measured[name] ?? [];
  return [
    ...Object.entries(peers).map(([peer, floor]) => ({
      name: title,
      measure: `CPU, share of ${peer}'s`,
      value: cpuRatio(of("stowage"), of(peer)),
      better: /** @type {const} */ ("lower"),
      floor,
    })),
    ...names.map((name) => ({
      name: title,
      measure: `CPU us, ${name}`,
      value: cpuPerOperation(of(name)).median,
      better: /** @type {const} */ ("lower"),
    })),
  ];
}
