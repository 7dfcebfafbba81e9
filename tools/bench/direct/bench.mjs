// direct:// at store.get(), getInto() and put(), beside fio and Node's own ways, on a cold page cache. Needs root, for huge pages
// and to empty the cache, fio, and 4 GiB of room in STOWAGE_BENCH_DIRECTORY (default /var/tmp/stowage-bench-direct) on a disk.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interleave } from "../measure/interleave.mjs";
import { cpuPerOperation, speedRatio } from "../measure/statistics.mjs";
import { GIB, READS, WRITES } from "./cases.mjs";
import { fio, withHugePages } from "./fio.mjs";
import { FIO_BYTES, FIO_FILE, prepare } from "./prepare.mjs";

const ROUNDS = 5;
const readModule = new URL("read.mjs", import.meta.url);
const writeModule = new URL("write.mjs", import.meta.url);

/**
 * @param {{ log: (text: string) => void }} context
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
export default async function bench({ log }) {
  const root = process.env["STOWAGE_BENCH_DIRECTORY"] ?? "/var/tmp/stowage-bench-direct";
  await prepare(root, log);
  return withHugePages(async () => {
    const rows = [];
    for (const one of READS) rows.push(...(await readRows(root, one, log)));
    for (const one of WRITES) rows.push(...(await writeRows(root, one, log)));
    for (const name of readdirSync(root))
      if (name.startsWith("written-")) rmSync(join(root, name), { recursive: true });
    return rows;
  });
}

/** Pages only: names and inodes stay, as on a machine that has used the files before. */
function emptyPageCache() {
  writeFileSync("/proc/sys/vm/drop_caches", "1");
}

/** @param {string} root @param {import("./cases.mjs").ReadCase} one @param {(text: string) => void} log */
async function readRows(root, one, log) {
  const { title, folder, size, objects, width } = one;
  log(`reads: ${title}`);
  const contender = (/** @type {string} */ by) => ({
    module: readModule,
    options: { by, root, folder, size, objects, width },
  });
  /** @type {Record<string, import("../measure/interleave.mjs").Contender>} */
  const contenders = {
    fio: fio(one.fio.blockSize > size || width > 1 ? "randread" : "read", join(root, FIO_FILE), {
      ...one.fio,
      fileBytes: FIO_BYTES,
      bytes: size * objects,
    }),
    readFile: contender("readFile"),
  };
  for (const { by } of one.speed) contenders[by] = contender(by);
  const results = await interleave(contenders, { rounds: ROUNDS, between: emptyPageCache, log });
  const yardstick = results["fio"] ?? [];
  /** @type {import("../measure/rows.mjs").Row[]} */
  const rows = one.speed.map(({ by, floor, goal }) => ({
    ...{ name: `${by} of ${title}`, measure: "speed, x of fio", better: "higher", floor, goal },
    value: speedRatio(results[by] ?? [], yardstick),
  }));
  if (one.cpu !== undefined) {
    const { by, unit, floor, goal } = one.cpu;
    const perByte = cpuPerOperation(results[by] ?? []).median;
    const value = unit === "us an object" ? perByte * size : (perByte * 1e9) / 1e6;
    rows.push({ name: `${by} of ${title}`, measure: `CPU ${unit}`, value, better: "lower", floor, goal });
  }
  rows.push({
    ...{ name: `fs.promises.readFile of ${title}`, measure: "speed, x of fio", better: "higher" },
    value: speedRatio(results["readFile"] ?? [], yardstick),
  });
  return rows;
}

/** @param {string} root @param {import("./cases.mjs").WriteCase} one @param {(text: string) => void} log */
async function writeRows(root, one, log) {
  const { title, size, objects, width } = one;
  log(`durable puts: ${title}`);
  const results = await interleave(
    {
      fio: fio("write", join(root, "fio-written.dat"), {
        ...one.fio,
        fileBytes: Math.min(size * objects, GIB),
        bytes: size * objects,
      }),
      put: { module: writeModule, options: { by: "put", root, size, objects, width } },
      node: { module: writeModule, options: { by: "node", root, size, objects, width } },
    },
    { rounds: ROUNDS, between: emptyPageCache, log },
  );
  const name = `durable put of ${title}`;
  /** @type {import("../measure/rows.mjs").Row[]} */
  const rows = [
    { name, measure: "speed, x of fio", value: speedRatio(results.put, results.fio), better: "higher", ...one.ofFio },
    {
      name,
      measure: "speed, x of Node",
      value: speedRatio(results.put, results.node),
      better: "higher",
      ...one.ofNode,
    },
    {
      // Its inverse is what no put can exceed, of Node's.
      name: `fs.promises, fdatasync and rename of ${title}`,
      measure: "speed, x of fio",
      value: speedRatio(results.node, results.fio),
      better: "higher",
    },
  ];
  return rows;
}
