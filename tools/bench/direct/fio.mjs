// The yardstick: fio, io_uring, O_DIRECT, buffers in huge pages (with 4 KiB pages it reaches 0.4 of the disk's speed).
import { readFileSync, writeFileSync } from "node:fs";

const HUGE_PAGES = "/proc/sys/vm/nr_hugepages";
/** 2 MiB each: room for 16 buffers of 4 MiB and fio's own. */
const PAGES_WANTED = 128;

/**
 * Reserves huge pages while `work` runs. Needs root, since only root may reserve them.
 *
 * @template Result
 * @param {() => Promise<Result>} work
 */
export async function withHugePages(work) {
  const before = readFileSync(HUGE_PAGES, "utf8");
  if (Number(before) < PAGES_WANTED) writeFileSync(HUGE_PAGES, `${PAGES_WANTED}`);
  const reserved = Number(readFileSync(HUGE_PAGES, "utf8"));
  try {
    if (reserved < PAGES_WANTED) throw new Error(`only ${reserved} of ${PAGES_WANTED} huge pages could be reserved`);
    return await work();
  } finally {
    if (Number(before) < PAGES_WANTED) writeFileSync(HUGE_PAGES, before);
  }
}

/**
 * @param {"randread" | "read" | "write"} pattern
 * @param {string} file
 * @param {{ blockSize: number, depth: number, fileBytes: number, bytes: number }} job
 * @returns {import("../measure/interleave.mjs").Contender}
 */
export function fio(pattern, file, { blockSize, depth, fileBytes, bytes }) {
  const writes = pattern === "write" ? ["--end_fsync=1", "--fallocate=posix", "--overwrite=0", "--unlink=1"] : [];
  return {
    command: [
      "fio",
      "--name=yardstick",
      ...["--ioengine=io_uring", "--direct=1", "--mem=shmhuge", "--hugepage-size=2m", "--randrepeat=0"],
      ...[`--rw=${pattern}`, `--filename=${file}`, `--bs=${blockSize}`, `--iodepth=${depth}`],
      ...[`--size=${fileBytes}`, `--io_size=${bytes}`, "--output-format=json", ...writes],
    ],
    parse: (stdout) => parse(stdout, pattern === "write" ? "write" : "read"),
  };
}

/** @param {string} stdout @param {"read" | "write"} direction */
function parse(stdout, direction) {
  const [job] = JSON.parse(stdout.slice(stdout.indexOf("{"))).jobs;
  const { io_bytes: bytes, runtime } = job[direction];
  return {
    // Compared by the byte: an operation of fio is a block, one of the store an object.
    operations: bytes,
    wallUs: runtime * 1000,
    cpuUs: ((job.usr_cpu + job.sys_cpu) / 100) * job.job_runtime * 1000,
    peakRssBytes: 0,
  };
}
