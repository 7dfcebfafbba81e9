import { it } from "vitest";
import { expectConformance } from "./conform.js";

it("the store keeps every promise of the suite on Azurite, over the data path", { timeout: 1_800_000 }, async () => {
  await expectConformance("direct");
});
