// Run by the lifecycle tests in a process of its own: the binding alone, without TypeScript.
//   STOWAGE_ENGINE_CONFIG=<numbers> node native-child.mjs <binding> <directory> <scenario>
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";

const [bindingPath, directory, scenario] = isMainThread ? process.argv.slice(2) : workerData;
const CONFIG = Float64Array.from((process.env.STOWAGE_ENGINE_CONFIG ?? "").split(" "), Number);
const [DIRECT, FALLBACK, FOLLOW, LAST] = [1, 2, 4, 64];
const FIELDS = 16;

/** The binding as promises: `{ error, value }`. */
function startBinding() {
  const binding = createRequire(import.meta.url)(bindingPath);
  const waiting = [];
  const table = new Float64Array(
    binding.start(CONFIG, (count, values) => {
      for (let index = 0; index < count; index++) {
        const [slot, error] = table.subarray(index * FIELDS, index * FIELDS + 2);
        waiting[slot].resolve({ error, value: values[index] });
        waiting[slot] = undefined;
      }
    }),
  );
  // The memory that the kernel may touch is referenced until the operation is over, as the binding demands.
  const submit = (memory, call) =>
    new Promise((resolve) => {
      const slot = waiting.push({ resolve, memory }) - 1;
      call(slot);
    });
  return {
    stats: () => binding.stats(),
    read: (name, destination, flags = DIRECT) =>
      submit(destination, (slot) =>
        binding.read(
          slot,
          -1,
          `${directory}/${name}`,
          0,
          flags,
          4096,
          0,
          destination?.byteLength ?? 2 ** 53 - 1,
          destination,
        ),
      ),
    put: (name, data) =>
      submit(data, (slot) =>
        binding.write(
          slot,
          -1,
          directory,
          0,
          DIRECT | LAST,
          4096,
          7,
          `.temp-${name}`,
          name,
          data.byteLength,
          0,
          0,
          data,
        ),
      ),
  };
}

function startReads(native, count) {
  return Array.from({ length: count }, (_, index) =>
    native.read("large", index % 2 === 0 ? undefined : new Uint8Array(1 << 20)),
  );
}

const scenarios = {
  /** Nothing in flight: the process ends by itself. */
  async idle() {
    const { error } = await startBinding().read("large");
    if (error !== 0) throw new Error(`read failed: ${error}`);
    console.log("read");
  },
  /** Which engine served a read. */
  async ring() {
    const native = startBinding();
    const { error } = await native.read("large");
    const { ringState, ringError } = native.stats();
    console.log(JSON.stringify({ error, ringState, ringError }));
  },
  /** For machines (emulated ones) whose kernel interface lacks openat2 and statx's alignment: nothing is demanded. */
  async anywhere() {
    const { error, value } = await startBinding().read("large", undefined, DIRECT | FALLBACK | FOLLOW);
    const right = value !== undefined && new Uint8Array(value).every((byte) => byte === 7);
    console.log(JSON.stringify({ arch: process.arch, error, bytes: value?.byteLength, right }));
  },
  async exit() {
    startReads(startBinding(), 500);
    setImmediate(() => process.exit(7));
  },
  async throw() {
    startReads(startBinding(), 500);
    setImmediate(() => {
      throw new Error("on purpose");
    });
  },
  async sigterm() {
    startReads(startBinding(), 500);
    process.kill(process.pid, "SIGTERM");
  },
  /** Puts the same object for ever, each version of one byte value. The parent kills it. */
  async "put-forever"() {
    const native = startBinding();
    process.stdout.write("ready\n");
    for (let version = 0; ; version++) {
      await Promise.all([
        native.put("versions", new Uint8Array((1 << 20) + 77).fill(version % 251)),
        native.put(`other-${version % 5}`, new Uint8Array(3 << 20).fill(version % 251)),
      ]);
    }
  },
  async workers() {
    for (const end of ["finish", "exit", "terminate", "throw", "terminate"]) {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: [bindingPath, directory, end] });
      await new Promise((resolve) => {
        worker.on("error", () => undefined);
        worker.on("exit", resolve);
        worker.on("message", () => {
          if (end === "terminate") void worker.terminate();
        });
      });
    }
    console.log("done");
  },
  /** Loaded here too, while workers with reads in flight are ended: the shared library stays, their engines go. */
  async "workers-and-main"() {
    const native = startBinding();
    const reads = startReads(native, 100);
    await scenarios.workers();
    for (const { error } of await Promise.all(reads)) if (error !== 0) throw new Error(`read failed: ${error}`);
  },
  /** A child process is made while reads are in flight: what arrives is right all the same. */
  async spawn() {
    const native = startBinding();
    const reads = startReads(native, 200);
    for (let i = 0; i < 20; i++) spawnSync("true");
    const results = await Promise.all(reads);
    const wrong = results.filter(
      ({ error, value }) => error !== 0 || (value && new Uint8Array(value).some((b) => b !== 7)),
    );
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${results.length} wrong`);
    console.log("right");
  },
  /** Ten gigabytes through a bounded pool. */
  async memory() {
    const native = startBinding();
    for (let round = 0; round < 160; round++) {
      await Promise.all(startReads(native, 16));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const rss = process.memoryUsage().rss;
    if (rss > 1.5 * 2 ** 30) throw new Error(`${rss} bytes resident: ${JSON.stringify(native.stats())}`);
    console.log("bounded");
  },
};

const inWorker = {
  async finish() {
    await Promise.all(startReads(startBinding(), 50));
  },
  async exit() {
    startReads(startBinding(), 500);
    setImmediate(() => process.exit(0));
  },
  async throw() {
    startReads(startBinding(), 500);
    setImmediate(() => {
      throw new Error("on purpose");
    });
  },
  async terminate() {
    startReads(startBinding(), 500);
    parentPort.postMessage("reading");
    await new Promise(() => setInterval(() => undefined, 1000));
  },
};

await (isMainThread ? scenarios : inWorker)[scenario]();
