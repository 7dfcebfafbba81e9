import { DirectEngine } from "./engine.js";
import { loadBinding } from "./load.js";
import type { NativeBinding } from "./native.js";

/** One engine a binding and JavaScript thread: Node shares a loaded binary even where this module is loaded twice. */
const engines = new WeakMap<NativeBinding, DirectEngine>();
const SHARED = Symbol.for("@stowage/store-direct.engine");

/** The engine of this JavaScript thread; `undefined` where the native binding could not be loaded (`loadBinding().error`). */
export function sharedEngine(): DirectEngine | undefined {
  const { binding } = loadBinding();
  if (binding === undefined) return undefined;
  let engine = engines.get(binding) ?? foreignEngine(binding);
  if (engine === undefined) {
    engine = new DirectEngine(binding);
    Object.defineProperty(binding, SHARED, { value: engine });
  }
  engines.set(binding, engine);
  return engine;
}

/** Made by another copy of this module. */
function foreignEngine(binding: NativeBinding): DirectEngine | undefined {
  const found: unknown = Reflect.get(binding, SHARED);
  return isEngine(found) ? found : undefined;
}

function isEngine(value: unknown): value is DirectEngine {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "readRanges") === "function";
}
