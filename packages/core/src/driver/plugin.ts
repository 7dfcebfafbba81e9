import type { TransferSettings } from "../store/settings.js";
import type { StoreDriver } from "./driver.js";
import type { DriverCall } from "./types.js";

/** Version of the plugin contract that this core speaks. Raised when a plugin written for the last one would not work. */
export const SPEC_VERSION = 1;

/** How one option looks from outside: run-time validation, `-o name=value` of the command, documentation. */
export interface OptionDeclaration {
  /**
   * `bytes` is an integer that the command also reads as `8MiB`; `json` any JSON value; `object` exists in code only (a client, a
   * function) and cannot be given on the command line.
   */
  readonly type: "string" | "boolean" | "integer" | "bytes" | "json" | "object";
  /** The allowed values of a string. */
  readonly values?: readonly string[];
  readonly description: string;
  /** The default in words. */
  readonly default?: string;
  /** Environment variables that are read when the option is not given, first match first. */
  readonly environment?: readonly string[];
  /** Never printed. */
  readonly secret?: boolean;
}

export type OptionDeclarations<Options extends object> = {
  readonly [Name in keyof Required<Options>]: OptionDeclaration;
};

/** Where a URI points: a container in the plugin's canonical spelling, and a key (or a prefix, of a store URI) below it. */
export interface Location {
  readonly container: string;
  readonly key: string;
}

export interface OpenContext {
  /** Transfer settings of the store: part size, timeouts ... with all defaults filled in. */
  readonly transfer: TransferSettings;
}

/**
 * What a store package exports, as `plugin`, and registers when imported. `Options` are the service's own; the options that all
 * stores share (`TransferOptions`, `budget`, `keyRules`) are core's and never reach it.
 */
export interface StorePlugin<Options extends object = object> {
  /** npm package name, for messages and for telling two plugins of one scheme apart. */
  readonly name: string;
  readonly version: string;
  readonly specVersion: number;
  /** Without `://`; the first is the one that `format` writes. */
  readonly schemes: readonly [string, ...string[]];
  /** Claims a URI of a foreign scheme (`https:`). Two plugins that claim one URI are an error. */
  matches?(uri: string): boolean;
  /**
   * Splits a URI, or throws `InvalidUri`. As `store` the path is a container and a prefix (`key` empty or ending in `/`);
   * as `object` it names one object. Raw schemes refuse `URL` objects: they have already altered the key.
   */
  parse(uri: string | URL, as: "store" | "object"): Location;
  /** The URI of a key, or of the container when the key is empty: `format(parse(u))` is `u` for canonical `u`. */
  format(container: string, key: string): string;
  readonly options: OptionDeclarations<Options>;
  /** No I/O beyond what the options demand; a missing container shows at the first operation. */
  open(container: string, options: Options, context: OpenContext): StoreDriver | Promise<StoreDriver>;
  readonly containers?: ContainerOperations<Options>;
}

/** Absent methods are `Unsupported`. Names are validated here, with the reason. */
export interface ContainerOperations<Options extends object> {
  /** One's own existing container resolves with `created: false`; another's is `AlreadyExists`. */
  create?(container: string, options: Options, call: ContainerCall): Promise<{ readonly created: boolean }>;
  /** `ContainerNotFound`, `ContainerNotEmpty`; with `force` its objects go too. */
  delete?(container: string, options: Options, call: ContainerCall & { readonly force: boolean }): Promise<void>;
  /** Containers that these credentials see, below `parent` (an account, a directory), lazily. */
  list?(parent: string, options: Options, call: ContainerCall): AsyncIterable<ContainerInfo>;
}

export interface ContainerCall extends DriverCall {
  readonly transfer: TransferSettings;
}

export interface ContainerInfo {
  readonly name: string;
  readonly uri: string;
  readonly created?: Date | undefined;
}
