import { conformance } from "../src/adapters/vitest.js";
import { loadHarness } from "../src/harness/load-harness.js";

conformance(await loadHarness("@stowage/store-memory/conformance"), { only: ["put.overwrite", "ver.", "reject."] });
