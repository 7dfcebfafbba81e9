// Copies a tree from one file:// root to another by way of memory://, with the library: the same call for every pair of stores.
// Usage: node through-memory.mjs <from> <to>
import { copyPrefix } from "@stowage/core";

const [, , from = "", to = ""] = process.argv;
const memory = "memory://quickstart/tree/";

await copyAndSay(from, memory);
await copyAndSay(memory, to);

/**
 * @param {string} source
 * @param {string} destination
 */
async function copyAndSay(source, destination) {
  const started = performance.now();
  const { objects, bytes, failed } = await copyPrefix(source, destination);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${objects} objects, ${bytes} bytes, ${failed.length} failed, ${seconds} s: ${destination}`);
  for (const { key, error } of failed) console.error(`${key}: ${error.message}`);
  if (failed.length > 0) process.exitCode = 1;
}
