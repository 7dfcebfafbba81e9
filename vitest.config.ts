import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** One project a package; tests read sources through the `@stowage/source` condition, so no build comes first. */
const packages = readdirSync(new URL("./packages", import.meta.url));

export default defineConfig({
  test: {
    projects: packages.map((name) => ({
      resolve: { conditions: ["@stowage/source"] },
      ssr: { resolve: { conditions: ["@stowage/source"], externalConditions: ["@stowage/source"] } },
      test: {
        name,
        root: `./packages/${name}`,
        environment: "node",
        include: ["src/**/*.test.ts", "test/**/*.test.ts"],
        exclude: ["test/**/*.slow.test.ts", "**/node_modules/**"],
        testTimeout: 60_000,
        hookTimeout: 120_000,
      },
    })),
  },
});
