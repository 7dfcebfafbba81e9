// Child process: one monitor, one OSD that keeps everything in memory, one RADOS gateway, all in one temporary folder.
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../free-port.mjs";
import { scratchFolder, serve } from "../serve-child.mjs";
import { cephConf } from "./ceph-conf.mjs";
import { createBucket } from "./create-bucket.mjs";

const execute = promisify(execFile);

/** Longest wait for any one daemon on a loaded machine. */
const DAEMON_TIMEOUT_MS = 120_000;
const POLL_MS = 100;

await serve(async ({ accessKeyId, secretAccessKey, guest, region, buckets, port }) => {
  const folder = scratchFolder("rgw");
  const env = { ...process.env, CEPH_CONF: join(folder, "ceph.conf") };
  /** @type {import("node:child_process").ChildProcess[]} */
  const daemons = [];

  /** @param {string} program @param {string[]} args */
  const run = (program, args) => execute(program, args, { env, timeout: DAEMON_TIMEOUT_MS });
  /** @param {string} program @param {string[]} args */
  const startDaemon = (program, args) => {
    const log = createWriteStream(join(folder, "log", `${program}.out`));
    const daemon = spawn(program, [...args, "-f"], { env, stdio: ["ignore", "pipe", "pipe"] });
    daemon.stdout.pipe(log, { end: false });
    daemon.stderr.pipe(log, { end: false });
    daemons.push(daemon);
  };
  const stop = async () => {
    await Promise.all(daemons.reverse().map(endDaemon));
  };

  try {
    for (const name of ["mon", "osd", "log", "run"]) await mkdir(join(folder, name));
    const clusterId = randomUUID();
    const osdId = randomUUID();
    const monitorPort = await freePort();
    const gatewayPort = port === 0 ? await freePort() : port;
    await writeFile(env.CEPH_CONF, cephConf({ folder, clusterId, monitorPort, gatewayPort }));

    const map = join(folder, "monmap");
    await run("monmaptool", ["--create", "--fsid", clusterId, "--addv", "a", `[v2:127.0.0.1:${monitorPort}/0]`, map]);
    await run("ceph-mon", ["-i", "a", "--mkfs", "--monmap", map]);
    startDaemon("ceph-mon", ["-i", "a"]);
    await run("ceph", ["osd", "new", osdId]);
    await run("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", osdId]);
    startDaemon("ceph-osd", ["-i", "0"]);
    await until("the OSD", async () => (await run("ceph", ["osd", "stat"])).stdout.includes("1 up"));
    const keys = ["--access-key", accessKeyId, "--secret", secretAccessKey];
    await run("radosgw-admin", ["user", "create", "--uid=stowage", "--display-name=stowage", ...keys]);
    const guestKeys = ["--access-key", guest.accessKeyId, "--secret", guest.secretAccessKey];
    await run("radosgw-admin", ["user", "create", "--uid=guest", "--display-name=guest", ...guestKeys]);
    startDaemon("radosgw", ["-n", "client.rgw"]);
    const endpoint = `http://127.0.0.1:${gatewayPort}`;
    await until("the gateway", async () => (await fetch(endpoint)).status < 500);
    for (const bucket of buckets) await createBucket({ endpoint, region, accessKeyId, secretAccessKey }, bucket);
    const { stdout } = await run("radosgw", ["--version"]);
    return { ready: { endpoint, version: /version (\S+)/.exec(stdout)?.[1] ?? "unknown" }, stop };
  } catch (error) {
    const logs = await Promise.all(
      ["ceph-mon", "ceph-osd", "radosgw"].map((name) =>
        readFile(join(folder, "log", `${name}.out`), "utf8").catch(() => ""),
      ),
    );
    await stop();
    throw new Error(`Ceph did not start: ${String(error)}\n${logs.join("").slice(-4_000)}`, { cause: error });
  }
});

/** @param {import("node:child_process").ChildProcess} daemon */
async function endDaemon(daemon) {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  // Nothing in memory is worth an orderly end, which takes Ceph seconds.
  const exited = new Promise((resolve) => daemon.once("exit", resolve));
  daemon.kill("SIGKILL");
  await exited;
}

/**
 * @param {string} what
 * @param {() => Promise<boolean>} isReady
 */
async function until(what, isReady) {
  const end = Date.now() + DAEMON_TIMEOUT_MS;
  while (!(await isReady().catch(() => false))) {
    if (Date.now() > end) throw new Error(`${what} did not come up`);
    await wait(POLL_MS);
  }
}
