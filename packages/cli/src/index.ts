export { run } from "./run.js";
export type { RunInput } from "./run.js";
