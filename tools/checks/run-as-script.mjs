import { pathToFileURL } from "node:url";
import { repository } from "../run/install.mjs";

/**
 * Lets a check be run by itself: `node tools/checks/<name>.mjs` prints what is wrong and exits 1, or says that all is well.
 *
 * @param {string} module `import.meta.url` of the check
 * @param {(root: string) => string[]} check
 * @param {string} allIsWell
 */
export async function runAsScript(module, check, allIsWell) {
  if (module !== pathToFileURL(process.argv[1] ?? "").href) return;
  const problems = check(repository);
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(allIsWell);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
