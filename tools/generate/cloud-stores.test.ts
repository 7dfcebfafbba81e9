import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { cloudStoresPage, target } from "./cloud-stores.mjs";

it("the page that shows s3:// and az:// side by side is what the packages declare", async () => {
  expect(await readFile(target, "utf8"), "run node tools/generate/cloud-stores.mjs").toBe(await cloudStoresPage());
});
