import { describe } from "vitest";
import { describeCrashes } from "./crash/describe-crashes.js";

describe("store-file, its writer killed", () => describeCrashes(50));
