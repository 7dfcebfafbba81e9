import { ENGINE_CONFIG } from "../../src/binding/config.js";

/** For processes that drive the binding without TypeScript (native-child.mjs, musl-host.c): the numbers that the store gives it. */
export function withEngineConfig(): NodeJS.ProcessEnv {
  return { ...process.env, STOWAGE_ENGINE_CONFIG: ENGINE_CONFIG.join(" ") };
}
