import { conformance } from "@stowage/conformance-suite/vitest";
import harness from "../src/conformance.js";

conformance(harness);
