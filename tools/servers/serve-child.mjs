// The child's side of start-child.mjs.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A temporary folder that is gone when this process ends, however it ends short of a kill.
 *
 * @param {string} name
 * @returns {string}
 */
export function scratchFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `stowage-${name}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs one server as the child of a starter: reports what `start` returns, and stops when the channel closes.
 *
 * @template Options, Ready
 * @param {(options: Options) => Promise<{ ready: Ready, stop: () => void | Promise<void> }>} start
 */
export async function serve(start) {
  const gone = new Promise((resolve) => process.once("disconnect", resolve));
  // Ctrl-C reaches the whole group of processes; the starter decides when the servers stop.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => process.connected && process.disconnect());
  try {
    const { ready, stop } = await start(JSON.parse(process.argv[2] ?? "{}"));
    process.send?.({ ready });
    await gone;
    await stop();
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
