// What ObjectStore costs over its driver, and file:// beside Node's own way to read a file, on a hot page cache.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore } from "@stowage/core";
import "@stowage/store-file";
import { interleave } from "../measure/interleave.mjs";
import { cpuDifference, cpuPerOperation, speedRatio } from "../measure/statistics.mjs";

const KIB = 1_024;
const MIB = KIB * KIB;

/** 64 MiB objects are read one after another: 64 in flight would measure the machine's memory. */
const FILE_CASES = [
  {
    title: "4 KiB, 64 in flight",
    size: 4 * KIB,
    files: 2_000,
    operations: 20_000,
    width: 64,
    by: "get",
    floor: 2,
    goal: 3,
  },
  { title: "100 KiB, 64 in flight", size: 100 * KIB, files: 500, operations: 5_000, width: 64, by: "get", floor: 1 },
  {
    title: "64 MiB into a reused buffer",
    size: 64 * MIB,
    files: 4,
    operations: 24,
    width: 1,
    by: "getInto",
    floor: 4,
    goal: 6,
  },
];

/**
 * @param {{ log: (text: string) => void }} context
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
export default async function bench({ log }) {
  const rows = await memoryRows(log);
  for (const kind of /** @type {const} */ (["plain files", "files with attributes"])) {
    for (const one of FILE_CASES) rows.push(...(await fileRows(one, kind, log)));
  }
  return rows;
}

/** @param {(text: string) => void} log */
async function memoryRows(log) {
  log("memory://, get of 1 KiB");
  const module = new URL("memory-get.mjs", import.meta.url);
  const { store, driver } = await interleave(
    { store: { module, options: { through: "store" } }, driver: { module, options: { through: "driver" } } },
    { log },
  );
  const name = "get of 1 KiB on memory://";
  /** @type {import("../measure/rows.mjs").Row[]} */
  const rows = [
    {
      name,
      measure: "CPU us of ObjectStore over the bare driver",
      value: cpuDifference(store, driver),
      better: "lower",
      floor: 3,
    },
    { name, measure: "CPU us of the whole", value: cpuPerOperation(store).median, better: "lower" },
  ];
  return rows;
}

/**
 * @param {typeof FILE_CASES[number]} one
 * @param {"plain files" | "files with attributes"} kind
 * @param {(text: string) => void} log
 * @returns {Promise<import("../measure/rows.mjs").Row[]>}
 */
async function fileRows({ title, size, files, operations, width, by, floor, goal }, kind, log) {
  log(`file://, ${title}, ${kind}`);
  const folder = await mkdtemp(join(tmpdir(), "stowage-bench-"));
  try {
    await writeFiles(folder, size, files, kind === "files with attributes");
    const module = new URL("file-get.mjs", import.meta.url);
    const options = { folder, size, files, operations, width };
    const { subject, reference } = await interleave(
      {
        subject: { module, options: { ...options, by } },
        reference: { module, options: { ...options, by: "readFile" } },
      },
      { log },
    );
    const name = `${by}, ${title}, ${kind}`;
    /** @type {import("../measure/rows.mjs").Row} */
    const speed = {
      name,
      measure: "speed, x of fs.promises.readFile",
      value: speedRatio(subject, reference),
      better: "higher",
      floor,
    };
    return [
      goal === undefined ? speed : { ...speed, goal },
      { name, measure: "CPU us an object", value: cpuPerOperation(subject).median, better: "lower" },
      { name, measure: "CPU us an object, readFile", value: cpuPerOperation(reference).median, better: "lower" },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {number} size
 * @param {number} files
 * @param {boolean} withAttributes
 */
async function writeFiles(folder, size, files, withAttributes) {
  const store = await openStore(pathToFileURL(`${folder}/`));
  for (let file = 0; file < files; file += 1) {
    const bytes = Buffer.alloc(size, file % 256);
    if (!withAttributes) await writeFile(join(folder, `file-${file}`), bytes);
    else await store.put(`file-${file}`, bytes, { contentType: "image/png", metadata: { source: `camera ${file}` } });
  }
  await store.close();
}
