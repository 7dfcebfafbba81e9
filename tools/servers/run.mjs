// `npm run servers`: starts every server this machine can run, prints what to export for each, stops them on Ctrl-C.
import { has } from "../machine/needs.mjs";
import { startAzurite, startRgw, startS3Server } from "./index.mjs";

const SERVERS = [
  { title: "S3 (miniflare's R2; the buckets are fixed: it has no mb and rb)", start: startS3Server },
  { title: "Azure Blob (Azurite)", start: () => startAzurite({ containers: ["demo", "demo2"] }) },
  { title: "S3 (Ceph RGW; mb, rb and every S3 operation)", start: startRgw, program: "radosgw" },
];

/** @type {{ stop: () => Promise<void> }[]} */
const running = [];
const stopped = new Promise((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});

for (const { title, start, program } of SERVERS) {
  if (program !== undefined && !has(program)) {
    console.log(`\n# ${title}: not started, needs ${program} (tools/servers/rgw/system-packages.txt)`);
    continue;
  }
  const server = await Promise.race([start(), stopped]);
  if (server === undefined || typeof server !== "object" || server === null || !("environment" in server)) break;
  running.push(server);
  console.log(`\n# ${title}: ${server.product} ${server.version}`);
  if ("buckets" in server) {
    console.log(`#   buckets: ${server.buckets.join(", ")}; path style: true (store option forcePathStyle)`);
  } else {
    const uris = server.containers.map((/** @type {string} */ name) => `az://${server.account}/${name}`);
    console.log(`#   containers: ${uris.join(", ")}`);
  }
  for (const [name, value] of Object.entries(server.environment)) console.log(`export ${name}='${value}'`);
}

console.log("\n# Ctrl-C stops them all.");
const alive = setInterval(() => {}, 2 ** 30);
await stopped;
clearInterval(alive);
await Promise.all(running.map((server) => server.stop()));
console.log("\nstopped");
// A server that was still starting ends with this process.
process.exit(0);
