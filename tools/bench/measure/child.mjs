// One measurement, in a process of its own: sets the work up, runs it once unmeasured and once measured.
//
// The module's default export is `async (options) => ({ run, close? })`. `run()` does the work and resolves to the number of
// operations; it must verify what it reads, cheaply, so that a contender that returns wrong bytes is not fast but wrong.

const [, , module = "", options = "{}"] = process.argv;
const { default: setUp } = await import(module);
const { run, close } = await setUp(JSON.parse(options));

await run();
globalThis.gc?.();
const cpuBefore = process.cpuUsage();
const started = process.hrtime.bigint();
const operations = await run();
const wallUs = Number(process.hrtime.bigint() - started) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
await close?.();
process.send?.({ operations, wallUs, cpuUs: cpu.user + cpu.system, peakRssBytes });
process.disconnect();
