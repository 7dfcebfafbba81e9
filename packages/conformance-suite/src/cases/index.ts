import type { Case } from "../engine/case.js";
import { writeCases } from "./put.js";

/** Every case of the suite but the refusals, in the order of the list. */
export const allCases: readonly Case[] = [...writeCases];
