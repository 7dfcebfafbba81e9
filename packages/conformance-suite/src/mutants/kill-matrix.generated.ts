import type { KillMatrix } from "./kill-matrix.js";

export const killMatrix: KillMatrix = {};
