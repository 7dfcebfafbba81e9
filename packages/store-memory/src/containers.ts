import type { ObjectAttributes } from "@stowage/core";

/** One stored version of an object. Never changed, only replaced: a reader that holds it reads it whole. */
export interface MemoryObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly lastModified: Date;
  readonly attributes: ObjectAttributes;
}

export interface MemoryUpload {
  readonly key: string;
  readonly partSize: number;
  readonly attributes: ObjectAttributes;
  readonly initiated: Date;
  readonly parts: Map<number, { readonly bytes: Uint8Array<ArrayBuffer>; readonly etag: string }>;
}

export interface MemoryContainer {
  readonly created: Date;
  readonly objects: Map<string, MemoryObject>;
  readonly uploads: Map<string, MemoryUpload>;
}

/** What several copies of this package in one process share: the containers, and the count that makes etags. */
interface MemoryState {
  readonly containers: Map<string, MemoryContainer>;
  count: number;
}

const place: unique symbol = Symbol.for("stowage.store-memory");

function isState(value: unknown): value is MemoryState {
  return typeof value === "object" && value !== null && "containers" in value && "count" in value;
}

function sharedState(): MemoryState {
  const known: unknown = Reflect.get(globalThis, place);
  if (isState(known)) return known;
  const state: MemoryState = { containers: new Map(), count: 0 };
  Object.defineProperty(globalThis, place, { value: state });
  return state;
}

const state = sharedState();

/** Containers by name; they live as long as the process. */
export const memoryContainers: Map<string, MemoryContainer> = state.containers;

export function emptyContainer(): MemoryContainer {
  return { created: new Date(), objects: new Map(), uploads: new Map() };
}

/** Never the same twice in a process: what an etag or an upload id needs. */
export function nextIdentity(): string {
  state.count += 1;
  return `m${state.count.toString(36)}`;
}
