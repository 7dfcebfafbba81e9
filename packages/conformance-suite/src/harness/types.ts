import type { CommonStoreOptions, createStore, Limits, ObjectStore, Registry, StoreDriver } from "@stowage/core";
import type { Case } from "../engine/case.js";

/**
 * What a store package exports as default of its `./conformance` entry. `open` and `reset` are required; whatever else is
 * missing makes the cases that need it `not-run`, counted and shown. It says nothing about features: the suite reads
 * `store.capabilities`, which is what users see.
 */
export interface Harness {
  /** npm name of the store package, for the report. */
  readonly name: string;
  readonly version?: string | undefined;
  /** What the store is run against: a verdict on an emulator is not one on the service. */
  readonly target: Target;
  /** Before the first and after the last case: a server, a scratch directory. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /**
   * Opens a store on a namespace (a container, a directory, or a prefix of one) that is empty when its name is used for the
   * first time. Two opens of one name are two independent handles on the same data. The suite closes what it opened.
   */
  open(namespace: string, options?: CommonStoreOptions): Promise<ObjectStore>;
  /** Removes everything in the namespace, unfinished uploads too, without using the store under test. */
  reset(namespace: string): Promise<void>;
  /** What `open` puts before each key within the container, where namespaces are prefixes. Default: nothing. */
  keyPrefix?(namespace: string): string;
  /**
   * The driver that `open` puts into its store. With it the suite counts driver calls, lowers limits, injects faults and runs
   * the mutants. Every call gives a fresh driver on the same data; closing the store made of it closes it.
   */
  driver?(namespace: string): Promise<DriverHandle>;
  /** A store whose container does not exist. */
  openMissingContainer?(): Promise<ObjectStore>;
  /** A store on the namespace whose credentials or modes allow nothing. */
  openDenied?(namespace: string): Promise<ObjectStore>;
  /** A store on the namespace that may read and list, not write. */
  openReadOnly?(namespace: string): Promise<ObjectStore>;
  /** Access to the namespace that bypasses the store. Keys are those of the store under test. */
  sideDoor?(namespace: string): Promise<SideDoor>;
  /** Faults on the way to the service. Where absent, faults are injected into the driver of `driver`. */
  faults?(namespace: string): Promise<FaultyStore>;
  readonly containers?: ContainerHarness | undefined;
  /** Where the store's scheme is registered. Default: the registry that all packages share. */
  readonly registry?: Registry | undefined;
  /** The directory of a namespace, for stores on a local file system. */
  localPath?(namespace: string): string;
  /** Applied to every store that the suite makes of `driver`, for harnesses that wrap stores (a cache, encryption). */
  decorate?(store: ObjectStore): ObjectStore;
  /** Sends presigned requests. Default: the global `fetch`. */
  fetch?(input: string, init?: RequestInit): Promise<Response>;
  readonly timing?: Timing | undefined;
  /** Cases that are known to fail on one product and version; each fails the run once it passes. */
  readonly knownFailures?: Readonly<Record<string, KnownFailure>> | undefined;
  /** The store's own cases, run with the others. */
  readonly cases?: readonly Case[] | undefined;
}

export interface Target {
  readonly kind: "reference" | "local" | "emulator" | "live";
  readonly product: string;
  readonly version?: string | undefined;
}

/** A driver and what `createStore` wants to know of it. */
export type DriverHandle = { readonly driver: StoreDriver } & Parameters<typeof createStore>[1];

export interface SideDoor {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** `undefined` when nothing is there. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Everything that takes space: objects, and also temporary files, sidecars, parts. A path relative to the namespace each. */
  listRaw(): Promise<readonly string[]>;
  /** Those of `listRaw` that are neither an object nor belong to one: leftovers. Default: whatever is no key of the store. */
  listLeftovers?(): Promise<readonly string[]>;
  /** Unfinished multipart uploads: an id each. */
  listUploads?(): Promise<readonly string[]>;
  /** Changes one stored byte without touching size or time, as a bad disk would. */
  corrupt?(key: string): Promise<void>;
}

export interface ContainerHarness {
  /** The URI of a container with this name (lower-case letters, digits, `-`), which need not exist. */
  uri(name: string): string;
  /** The URI that `listContainers` takes, where the store can list. */
  readonly parentUri?: string | undefined;
  readonly options?: object | undefined;
  /** Names that the service refuses, each with the reason. */
  readonly invalidNames?: Readonly<Record<string, string>> | undefined;
}

/** A store whose way to its service can be broken. */
export interface FaultyStore {
  readonly store: ObjectStore;
  /** Breaks the next `times` (default 1) calls of the kind. */
  inject(fault: Fault): void | Promise<void>;
}

/**
 * `unavailable`, `throttled`: refused before anything happened. `lost`: done, and the answer lost. `cut`: a read that ends with
 * a broken connection after `afterBytes`.
 */
export type Fault = {
  readonly on: "read" | "write" | "list" | "stat" | "delete";
  readonly times?: number | undefined;
} & (
  | { readonly kind: "unavailable" | "lost" }
  | { readonly kind: "throttled"; readonly retryAfterMs?: number | undefined }
  | { readonly kind: "cut"; readonly afterBytes: number }
);

export interface Timing {
  /** How long a write may take to show; 0 (the default): at once. */
  readonly consistencyMs?: number | undefined;
  /** Precision of `lastModified`. Default 1,000. */
  readonly modifiedPrecisionMs?: number | undefined;
  /** Multiplies every deadline. */
  readonly scale?: number | undefined;
}

export interface KnownFailure {
  readonly reason: string;
  /** Where it can be looked up: an issue of the product, its documentation. */
  readonly evidence: string;
  /** Compared with `target.product`. */
  readonly product: string;
  /** Compared with `target.version` when given. */
  readonly version?: string | undefined;
}

/** The optional members of a harness (and of its side door) that a case can need. */
export const HARNESS_PARTS = [
  "driver",
  "openMissingContainer",
  "openDenied",
  "openReadOnly",
  "sideDoor",
  "listUploads",
  "corrupt",
  "faults",
  "localPath",
  "containers",
] as const;

export type HarnessPart = (typeof HARNESS_PARTS)[number];

/** Limits of a driver that the suite can lower to reach expensive paths cheaply. */
export type LoweredLimits = Pick<Limits, "deleteBatch" | "listPage" | "parts" | "partBytesMin" | "partBytesMax">;
