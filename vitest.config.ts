import { defineConfig } from "vitest/config";
import { vitestProjects } from "./tools/run/vitest-projects.mjs";

export default defineConfig({ test: { projects: vitestProjects("fast") } });
