import type { ObjectStore, Registry, StoreDriver, StorePlugin } from "@stowage/core";
import type { Harness } from "../harness/types.js";

/** What kind of fault it is. */
export type MutantFamily =
  | "lost effect"
  | "wrong extent"
  | "wrong key"
  | "wrong listing"
  | "wrong attributes"
  | "wrong condition"
  | "wrong error"
  | "wrong upload"
  | "torn"
  | "aliasing"
  | "leak"
  | "lie"
  | "cancel"
  | "retry"
  | "unsupported ignored"
  | "containers"
  | "presign"
  | "registry"
  | "wasteful"
  | "local";

/** One fault, at whichever layer it lives. Each member changes what is below it; absent ones leave it alone. */
export interface Fault {
  /** Over the driver of every namespace. */
  driver?(driver: StoreDriver, namespace: string): StoreDriver;
  /** Over every store. */
  store?(store: ObjectStore): ObjectStore;
  /** Over the plugin: URIs and containers. */
  plugin?(plugin: StorePlugin): StorePlugin;
  registry?(registry: Registry): Registry;
  harness?(harness: Harness): Harness;
}

/** A store that is right but for one fault. */
export interface Mutant {
  readonly name: string;
  readonly family: MutantFamily;
  /** What it does wrong. */
  readonly fault: string;
  /** The store that it is made of: any (memory), or one on a local file system. */
  readonly over: "any" | "local";
  /** A fresh fault, with state of its own. */
  create(): Fault;
}

export type DefineMutant = (name: string, fault: string, create: () => Fault) => void;

/** The mutants of one family, in the order defined. */
export function defineMutants(
  family: MutantFamily,
  describe: (define: DefineMutant) => void,
  over: Mutant["over"] = "any",
): readonly Mutant[] {
  const mutants: Mutant[] = [];
  describe((name, fault, create) => mutants.push({ name, family, fault, create, over }));
  return mutants;
}
