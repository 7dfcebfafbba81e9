import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { plugin } from "./plugin.js";

it("the plugin tells the version of its package", () => {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect([plugin.name, plugin.version]).toEqual([name, version]);
});
