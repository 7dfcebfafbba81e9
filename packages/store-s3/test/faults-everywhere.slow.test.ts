import { describe } from "vitest";
import { faultsEverywhere } from "./support/faults-everywhere.js";

describe("every request of every operation, through the SDK", () => faultsEverywhere("sdk"));
