// Every server runs in a child that ends when its starter does: by stop(), or because the starter died (the channel
// between them closes), so that a killed test run leaves no server behind.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A server that has not answered by then (a cold start on a loaded machine included) is reported as broken. */
const START_TIMEOUT_MS = 180_000;

/**
 * Starts `script` and waits until it says `{ ready }`.
 *
 * @template Ready
 * @param {URL} script a module that calls `serve()` of serve-child.mjs
 * @param {object} options given to the script
 * @returns {Promise<{ ready: Ready, pid: number, stop: () => Promise<void> }>}
 */
export async function startChild(script, options) {
  const child = fork(fileURLToPath(script), [JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
    env: childEnvironment(),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => (output = (output + text).slice(-8_000)));
  }
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exited;
  };
  const ready = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it did not start in time")), START_TIMEOUT_MS);
    child.once("message", (message) => {
      clearTimeout(timer);
      if (message !== null && typeof message === "object" && "ready" in message) resolve(message.ready);
      else reject(new Error(JSON.stringify(message)));
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${signal ?? code}`));
    });
    child.once("error", reject);
  }).catch(async (error) => {
    await stop();
    throw new Error(`${fileURLToPath(script)}: ${error.message}\n${output}`, { cause: error });
  });
  return { ready, pid: child.pid ?? 0, stop };
}

/** The servers get a plain Node: no loader, inspector or coverage of the test runner, and no proxy of the machine. */
function childEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(NODE_OPTIONS|NODE_V8_COVERAGE|VITEST.*|https?_proxy)$/i.test(name),
    ),
  );
}
