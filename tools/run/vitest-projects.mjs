import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** A hanging test ends here; a test that needs longer than this in earnest is a slow one. */
const TIMEOUT_MS = { fast: 60_000, slow: 20 * 60_000 };

/** The tools' tests install packages and start servers, next to everything else. */
const TOOLS_TIMEOUT_MS = 5 * 60_000;

/**
 * One vitest project a package, and one for the tools. Tests read sources through the `@stowage/source` condition, so no
 * build comes first; only what tests built packages (tools/checks, tools/packaging) needs one.
 *
 * @param {"fast" | "slow"} speed `slow`: the `*.slow.test.ts` files; `fast`: all others
 */
export function vitestProjects(speed) {
  const packages = readdirSync(new URL("packages/", root)).filter((name) =>
    existsSync(new URL(`packages/${name}/package.json`, root)),
  );
  const folders = [
    ...packages.map((name) => ({ name, folder: `packages/${name}` })),
    { name: "tools", folder: "tools" },
  ];
  const [include, exclude] = speed === "slow" ? ["**/*.slow.test.ts", []] : ["**/*.test.ts", ["**/*.slow.test.ts"]];
  return folders.map(({ name, folder }) => ({
    resolve: { conditions: ["@stowage/source"] },
    ssr: { resolve: { conditions: ["@stowage/source"], externalConditions: ["@stowage/source"] } },
    test: {
      name,
      root: fileURLToPath(new URL(`${folder}/`, root)),
      environment: "node",
      include: [include],
      exclude: ["**/node_modules/**", "**/dist/**", ...exclude],
      testTimeout: timeoutOf(name, speed),
      hookTimeout: 2 * timeoutOf(name, speed),
    },
  }));
}

/**
 * @param {string} project
 * @param {"fast" | "slow"} speed
 */
function timeoutOf(project, speed) {
  return project === "tools" ? Math.max(TOOLS_TIMEOUT_MS, TIMEOUT_MS[speed]) : TIMEOUT_MS[speed];
}
