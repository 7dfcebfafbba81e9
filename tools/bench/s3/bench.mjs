// s3:// against its peers, on a server that costs next to nothing: CPU of the client's process, fresh processes, rounds
// interleaved, bytes verified. Everything is signed and runs on loopback: no latency, so no statement about waiting.
import { fileURLToPath } from "node:url";
import { install } from "../../run/install.mjs";
import { interleave } from "../measure/interleave.mjs";
import { cpuPerOperation, cpuRatio } from "../measure/statistics.mjs";
import { startSink } from "./sink.mjs";

const KIB = 1024;
const MIB = KIB * KIB;

/** Fewer are quicker and less certain. */
const ROUNDS = Number(process.env["STOWAGE_BENCH_ROUNDS"] ?? 5);

/** The SDK costs so much that a tenth of the operations tell as much. */
const SLOW = 10;

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {import("./contender.mjs").Task} task
 * @property {Record<string, { floor?: number, goal?: number }>} peers
 * @property {boolean} [tls]
 * @property {boolean} [checksum] peers that can are asked for one
 */

/** @type {Case[]} */
const CASES = [
  {
    name: "GET 1 KiB, 64 in flight",
    task: { task: "get", size: KIB, operations: 10_000 },
    peers: { opendal: { floor: 0.85, goal: 0.65 }, sdk: { floor: 0.1 }, minio: {}, "lean-s3": {}, undici: {} },
  },
  {
    name: "GET 16 KiB, 64 in flight",
    task: { task: "get", size: 16 * KIB, operations: 10_000 },
    peers: { opendal: { floor: 0.85, goal: 0.65 }, sdk: { floor: 0.1 }, minio: {}, "lean-s3": {}, undici: {} },
  },
  {
    name: "GET 16 KiB over TLS, 64 in flight",
    task: { task: "get", size: 16 * KIB, operations: 10_000 },
    peers: { opendal: { floor: 1.1, goal: 0.95 }, sdk: {} },
    tls: true,
  },
  {
    name: "PUT 16 KiB with CRC, 64 in flight",
    task: { task: "put", size: 16 * KIB, operations: 10_000 },
    peers: { opendal: { floor: 0.8, goal: 0.65 }, "lean-s3": { floor: 1, goal: 0.85 }, sdk: {}, minio: {}, undici: {} },
    checksum: true,
  },
  {
    name: "256 MiB in ranges into the caller's memory",
    task: { task: "getInto", size: 256 * MIB, operations: 2 },
    peers: { sdk: { floor: 0.75 } },
  },
  {
    name: "256 MiB in parts with CRC",
    task: { task: "putParts", size: 256 * MIB, operations: 2 },
    peers: { sdk: { floor: 0.45 } },
  },
  {
    name: "list, a page of 1,000 keys",
    task: { task: "list", size: 20, operations: 12 },
    peers: { opendal: { floor: 0.6, goal: 0.45 }, sdk: {} },
  },
  {
    name: "delete, a batch of 1,000 keys",
    task: { task: "deleteMany", size: 1000, operations: 500 },
    peers: { opendal: { floor: 0.4, goal: 0.25 }, sdk: {} },
  },
];

/**
 * @param {{ log: (text: string) => void }} context
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
export default async function bench({ log }) {
  // One line a process about Node 20 would bury what is measured.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  await install(fileURLToPath(new URL(".", import.meta.url)), log);
  const sink = await startSink();
  try {
    // Peers take their certificates from the environment, which processes read when they start; OpenDAL from its binary.
    if (sink.tls !== undefined) process.env["NODE_EXTRA_CA_CERTS"] = sink.tls.caFile;
    /** @type {import("../measure/rows.mjs").Row[]} */
    const rows = [];
    const wanted = process.env["STOWAGE_BENCH_CASES"];
    for (const one of CASES.filter(({ name }) => wanted === undefined || name.includes(wanted))) {
      if (one.tls === true && sink.tls === undefined) rows.push(...unmeasured(one, "needs openssl for a certificate"));
      else rows.push(...(await measure(one, sink, log)));
    }
    return rows;
  } finally {
    await sink.stop();
  }
}

/**
 * Its comparisons, without values.
 *
 * @param {Case} one
 * @param {string} why
 * @returns {import("../measure/rows.mjs").Row[]}
 */
function unmeasured({ name, peers }, why) {
  return Object.entries(peers).map(([peer, limits]) => ({
    name,
    measure: `CPU, x of ${peer}`,
    value: Number.NaN,
    better: "lower",
    unmeasured: why,
    ...limits,
  }));
}

/**
 * @param {Case} one
 * @param {Awaited<ReturnType<typeof startSink>>} sink
 * @param {(text: string) => void} log
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
async function measure({ name, task, peers, tls, checksum }, sink, log) {
  log(name);
  const module = new URL("contender.mjs", import.meta.url);
  const place =
    tls === true && sink.tls !== undefined
      ? { endpoint: sink.tls.endpoint, caFile: sink.tls.caFile, opendal: sink.tls.opendal }
      : { endpoint: sink.endpoint };
  const connection = { ...place, checksum: checksum === true };
  const clients = ["stowage", ...Object.keys(peers)];
  const contenders = Object.fromEntries(
    clients.map((client) => {
      const fewer = client === "sdk" && task.operations >= SLOW ? Math.ceil(task.operations / SLOW) : task.operations;
      return [client, { module, options: { client, connection, ...task, operations: fewer } }];
    }),
  );
  const results = await interleave(contenders, { rounds: ROUNDS, log });
  const mine = results["stowage"] ?? [];
  /** @type {import("../measure/rows.mjs").Row[]} */
  const rows = [];
  for (const [peer, limits] of Object.entries(peers)) {
    rows.push({
      name,
      measure: `CPU, x of ${peer}`,
      value: cpuRatio(mine, results[peer] ?? []),
      better: "lower",
      ...limits,
    });
  }
  for (const client of clients) {
    const { median, min } = cpuPerOperation(results[client] ?? []);
    rows.push({ name, measure: `CPU us an operation, ${client}, median`, value: median, better: "lower" });
    rows.push({ name, measure: `CPU us an operation, ${client}, least`, value: min, better: "lower" });
  }
  return rows;
}
