// `.ci/run`: system packages, then `npm test` and `npm run test:slow`, one count over both.
import { spawn } from "node:child_process";
import { npmCommand } from "./npm.mjs";
import { install, repository } from "./install.mjs";
import { installSystemPackages, systemPackages } from "./system-packages.mjs";

const COUNTS = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

const totals = { passed: 0, failed: 0, skipped: 0 };
try {
  installSystemPackages(systemPackages());
  await install(repository, console.log);
  for (const script of ["test", "test:slow"]) {
    console.log(`\n== npm run ${script}\n`);
    const { code, lastLine } = await runScript(script);
    const [, passed, failed, skipped = "0"] = COUNTS.exec(lastLine) ?? [undefined, "0", "1"];
    totals.passed += Number(passed);
    totals.failed += Number(failed);
    totals.skipped += Number(skipped);
    if (code !== 0 && Number(failed) === 0) totals.failed += 1;
  }
} catch (error) {
  console.error(error);
  totals.failed += 1;
}

if (totals.skipped > 0) console.log(`\n${totals.skipped} skipped, named above; none for lack of a system package`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/**
 * @param {string} script
 * @returns {Promise<{ code: number, lastLine: string }>}
 */
function runScript(script) {
  const [program, ...first] = npmCommand();
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, "run", "--silent", script], {
      cwd: repository,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let tail = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      process.stdout.write(text);
      tail = (tail + text).slice(-2_000);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, lastLine: tail.trimEnd().split("\n").at(-1) ?? "" }));
  });
}
