import type { OptionDeclaration, OptionDeclarations, StorePlugin } from "../driver/plugin.js";
import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";
import type { CommonStoreOptions } from "../store/settings.js";

/** Core's own options, declared as plugins declare theirs: for the command, for documentation, for the check below. */
export const COMMON_OPTION_DECLARATIONS: OptionDeclarations<CommonStoreOptions> = {
  partSize: { type: "bytes", description: "Bytes of a part or range", default: "8 MiB" },
  concurrency: { type: "integer", description: "Parts or ranges of one object in flight", default: "8" },
  multipartThreshold: { type: "bytes", description: "Bodies of at least so many bytes go in parts", default: "16 MiB" },
  rangeThreshold: {
    type: "bytes",
    description: "Reads of more bytes than this go in parallel ranges",
    default: "16 MiB",
  },
  retries: { type: "integer", description: "Attempts after the first", default: "3" },
  timeouts: {
    type: "json",
    description: "Milliseconds: connect, idle, attempt, total (0: no limit)",
    default: "connect 10000, idle 60000",
  },
  budget: { type: "object", description: "Bounds bytes in flight: createBudget(bytes)" },
  keyRules: {
    type: "string",
    values: ["portable", "service"],
    description: "Which keys are taken: portable everywhere, or all that the service takes",
    default: "portable",
  },
};

export interface SplitOptions {
  readonly common: CommonStoreOptions;
  /** The service's own, validated against the plugin's declarations. */
  readonly own: Record<string, unknown>;
}

/**
 * Core's options apart from the service's. Throws `InvalidArgument` for an unknown name, with the known ones, and for a value of
 * the wrong type. `undefined` is as good as absent.
 */
export function splitOptions(plugin: StorePlugin, options: unknown): SplitOptions {
  if (options === undefined) return { common: {}, own: {} };
  return split(`${plugin.schemes[0]}://`, plugin.options, options);
}

/**
 * Checks the options of a function that opens a store without a URI (`opener`: `s3()`) as `openStore` checks its own. `named` are
 * those that stand for the URI, which the function checks itself. Throws `InvalidArgument`.
 */
export function checkOptions<Options extends object>(
  opener: string,
  declarations: OptionDeclarations<Options>,
  options: unknown,
  named: readonly string[],
): void {
  split(opener, declarations, options, named);
}

function split<Options extends object>(
  taker: string,
  declarations: OptionDeclarations<Options>,
  options: unknown,
  named: readonly string[] = [],
): SplitOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalid(`options of ${taker} are an object, not ${describe(options)}`);
  }
  const common: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  const declared = new Map<string, OptionDeclaration>(Object.entries(declarations));
  const shared = new Map<string, OptionDeclaration>(Object.entries(COMMON_OPTION_DECLARATIONS));
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || named.includes(name)) continue;
    const declaration = declared.get(name) ?? shared.get(name);
    if (declaration === undefined) {
      const known = [...named, ...declared.keys(), ...shared.keys()].sort().join(", ");
      throw invalid(`${taker} has no option ${JSON.stringify(name)}; known: ${known}`);
    }
    checkValue(name, value, declaration);
    if (declared.has(name)) own[name] = value;
    else common[name] = value;
  }
  return { common, own };
}

function checkValue(name: string, value: unknown, declaration: OptionDeclaration): void {
  const { type, values } = declaration;
  // An option may be a client full of cycles, or a function: shown as what it is.
  const shown = declaration.secret === true ? "the value given" : describe(value);
  if (type === "string" && typeof value !== "string") throw invalid(`option ${name} is a string, not ${typeof value}`);
  if (type === "boolean" && typeof value !== "boolean") throw invalid(`option ${name} is true or false, not ${shown}`);
  if ((type === "integer" || type === "bytes") && !Number.isSafeInteger(value)) {
    throw invalid(`option ${name} is a whole number, not ${shown}`);
  }
  if (type === "object" && typeof value !== "function" && (typeof value !== "object" || value === null)) {
    throw invalid(`option ${name} is an object, not ${shown}: ${declaration.description}`);
  }
  if (values !== undefined && typeof value === "string" && !values.includes(value)) {
    throw invalid(`option ${name} is one of ${values.join(", ")}, not ${shown}`);
  }
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
