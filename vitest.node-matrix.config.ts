import { defineConfig } from "vitest/config";
import { vitestProjects } from "./tools/run/vitest-projects.mjs";

/** The tools run on the Node that developers use; the clouds' suites talk to servers for minutes and show nothing of a Node version. */
const onceIsEnough = new Set(["tools", "store-s3", "store-azure"]);

/** Mutants and kills judge the suite and the file system, not the Node version. */
const longRuns = ["**/mutants.test.ts", "**/crash.test.ts"];

/** What runs again on every other Node version. */
export default defineConfig({
  test: {
    projects: vitestProjects("fast")
      .filter(({ test }) => !onceIsEnough.has(test.name))
      .map((project) => ({ ...project, test: { ...project.test, exclude: [...project.test.exclude, ...longRuns] } })),
  },
});
