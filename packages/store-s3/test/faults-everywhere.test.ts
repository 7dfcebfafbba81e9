import { describe } from "vitest";
import { faultsEverywhere } from "./support/faults-everywhere.js";

describe("every request of every operation, over the data path", () => faultsEverywhere("direct"));
