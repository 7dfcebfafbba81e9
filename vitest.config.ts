import { defineConfig } from "vitest/config";
import { vitestProjects } from "./tools/run/vitest-projects.mjs";

// vitest leaves one core free, of two; most tests wait for servers and disks. Measured on two cores: 520 s instead of 790.
export default defineConfig({ test: { projects: vitestProjects("fast"), maxWorkers: "100%" } });
