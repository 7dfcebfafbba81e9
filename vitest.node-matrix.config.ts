import { defineConfig } from "vitest/config";
import { vitestProjects } from "./tools/run/vitest-projects.mjs";

/** What runs again on every other Node version: the packages; the tools run on the Node that developers use. */
export default defineConfig({
  test: { projects: vitestProjects("fast").filter(({ test }) => test.name !== "tools") },
});
