import { ObjectStore } from "@stowage/core";

/** Stores below wrappers: core knows only its own. */
const below = new WeakMap<ObjectStore, ObjectStore>();

export type StoreChanges = { readonly [Name in keyof ObjectStore]?: unknown };

/** A store that passes everything on but what `changes` names. */
export function wrapStore(store: ObjectStore, changes: StoreChanges): ObjectStore {
  return proxyOf(store, (name, member) => (name in changes ? Reflect.get(changes, name) : member));
}

/** Methods that take a promise's place: their calls can be watched and altered as one. */
export type AsyncMethod = (
  name: string,
  args: readonly unknown[],
  call: (args: readonly unknown[]) => Promise<unknown>,
) => unknown;

const asyncMethods = new Set([
  ...[
    "get",
    "getInto",
    "getLease",
    "getMany",
    "getStream",
    "getRanges",
    "put",
    "beginUpload",
    "abortUpload",
    "stat",
    "exists",
    "delete",
  ],
  ...["deleteMany", "deletePrefix", "copy", "copyFrom", "rename", "presign", "containerExists", "cleanup"],
]);

/** A store whose every asynchronous method goes through `around`. */
export function aroundStore(store: ObjectStore, around: AsyncMethod): ObjectStore {
  return proxyOf(store, (name, member) => {
    if (typeof name !== "string" || !asyncMethods.has(name) || typeof member !== "function") return member;
    return (...args: readonly unknown[]) => around(name, args, (given) => Reflect.apply(member, store, given));
  });
}

/** The options of a call: its last argument where that is a plain object. */
export function optionsOf(args: readonly unknown[]): Record<string, unknown> | undefined {
  const last = args.at(-1);
  return args.length > 1 && isRecord(last) ? last : undefined;
}

/** The arguments with other options. */
export function withOptions(
  args: readonly unknown[],
  change: (options: Record<string, unknown>) => Record<string, unknown>,
): readonly unknown[] {
  const options = optionsOf(args);
  return options === undefined ? args : [...args.slice(0, -1), change(options)];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function proxyOf(store: ObjectStore, member: (name: string | symbol, original: unknown) => unknown): ObjectStore {
  const proxy = new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      const bound: unknown = isMethod(own) ? passingStores(own, target) : own;
      return member(name, bound);
    },
  });
  below.set(proxy, store);
  return proxy;
}

function isMethod(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === "function";
}

/** Calls `method` on the store itself, and with stores that core knows. */
function passingStores(
  method: (...args: never[]) => unknown,
  store: ObjectStore,
): (...args: readonly unknown[]) => unknown {
  return (...args) =>
    Reflect.apply(
      method,
      store,
      args.map((arg) => (arg instanceof ObjectStore ? innermost(arg) : arg)),
    );
}

function innermost(store: ObjectStore): ObjectStore {
  const inner = below.get(store);
  return inner === undefined ? store : innermost(inner);
}
