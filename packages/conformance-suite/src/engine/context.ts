import { getEventListeners } from "node:events";
import { CONFORMANCE_LISTING_MAX, createStore, defaultRegistry, FEATURES } from "@stowage/core";
import type {
  Bytes,
  Capabilities,
  CommonStoreOptions,
  Feature,
  ListOptions,
  ObjectStore,
  Registry,
  StoreDriver,
} from "@stowage/core";
import type { DriverHandle, FaultyStore, Harness, LoweredLimits, SideDoor } from "../harness/types.js";
import { faultyDriver } from "../instrument/faulty.js";
import { countCalls } from "../instrument/counting.js";
import type { CallCounts } from "../instrument/counting.js";
import { lowerLimits } from "../instrument/lowered.js";
import { positionedBytes, seededRandom } from "./bytes.js";
import { CheckFailed, Checks } from "./checks.js";
import { accessContainers } from "./container-access.js";
import type { ContainerAccess } from "./container-access.js";

/** What a case gets, as `t`: a store on a namespace of its own, checks, bytes, and the parts of the harness. */
export class CaseContext extends Checks {
  /** A store on an empty namespace. */
  readonly store: ObjectStore;
  readonly harness: Harness;
  readonly namespace: string;
  /** Numbers in [0, 1) that are the same for the same seed. */
  readonly random: () => number;
  /** Namespaces that the engine empties after the case. */
  readonly namespaces: Set<string>;
  /** Set by cases that leave an unfinished upload on purpose. */
  leavesUploads = false;
  private readonly opened: ObjectStore[];
  private readonly endings: (() => void | Promise<void>)[] = [];
  private readonly controllers: AbortController[] = [];

  constructor(harness: Harness, namespace: string, store: ObjectStore, seed: string) {
    super();
    this.harness = harness;
    this.namespace = namespace;
    this.store = store;
    this.random = seededRandom(seed);
    this.opened = [store];
    this.namespaces = new Set([namespace]);
  }

  get capabilities(): Capabilities {
    return this.store.capabilities;
  }

  has(feature: Feature): boolean {
    return this.capabilities[feature] !== "unsupported";
  }

  /** The calls that the store offers: a name that begins with a feature it lacks is left out. */
  offered<Call>(calls: Readonly<Record<string, Call>>): [string, Call][] {
    const lacking = FEATURES.filter((feature) => !this.has(feature));
    return Object.entries(calls).filter(([name]) => !lacking.some((feature) => name.split(" ")[0] === feature));
  }

  /** Position-dependent bytes; another salt gives others. */
  data(size: number, salt = 0): Bytes {
    return positionedBytes(size, salt);
  }

  /** UTF-8 bytes that a key may have here: what the namespace puts before it counts too. */
  get keyRoom(): number {
    return this.capabilities.limits.keyBytes - Buffer.byteLength(this.harness.keyPrefix?.(this.namespace) ?? "");
  }

  /** A second handle on the same namespace, or on another one. */
  async another(options?: CommonStoreOptions, namespace: string = this.namespace): Promise<ObjectStore> {
    return this.adopt(await this.harness.open(namespace, options));
  }

  /** Calls `observe` again and again until `work` is done, with a turn of the event loop between. */
  async during(work: Promise<unknown>, observe: () => Promise<void>): Promise<void> {
    let busy = true;
    const done = work.finally(() => {
      busy = false;
    });
    // Reported below; a failing observation must not leave it unhandled.
    done.catch(() => {});
    while (busy) {
      await observe();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
  }

  /** Has the store closed at the end of the case. */
  adopt(store: ObjectStore): ObjectStore {
    this.opened.push(store);
    return store;
  }

  /** The name of an empty namespace beside this case's, emptied after the case. */
  async besides(name: string): Promise<string> {
    const namespace = `${this.namespace}-${name}`;
    this.namespaces.add(namespace);
    await this.harness.reset(namespace);
    return namespace;
  }

  /** An abort controller whose signal must have no listener left when the case ends. */
  controller(): AbortController {
    const controller = new AbortController();
    this.controllers.push(controller);
    return controller;
  }

  /** The object is there with exactly these bytes, by get, stat and exists alike. */
  async holds(key: string, expected: Uint8Array | string, store: ObjectStore = this.store): Promise<void> {
    const { bytes, info } = await store.get(key);
    this.bytes(bytes, expected, `get(${JSON.stringify(key)})`);
    const size = typeof expected === "string" ? Buffer.byteLength(expected) : expected.byteLength;
    this.equal(info.size, size, `info.size of ${JSON.stringify(key)}`);
  }

  /** Nothing is there, by get and by exists. */
  async absent(key: string, store: ObjectStore = this.store): Promise<void> {
    await this.rejects(() => store.get(key), "NotFound", `get(${JSON.stringify(key)})`);
    this.equal(await store.exists(key), false, `exists(${JSON.stringify(key)})`);
  }

  /** Keys of a listing, in its order; prefixes end with the delimiter. Guards against listings that never end. */
  async keys(
    options?: ListOptions,
    store: ObjectStore = this.store,
    atMost: number = CONFORMANCE_LISTING_MAX,
  ): Promise<string[]> {
    const found: string[] = [];
    for await (const entry of store.list(options)) {
      found.push(entry.kind === "object" ? entry.key : entry.prefix);
      if (found.length > atMost) throw new CheckFailed(`the listing did not end after ${atMost} entries`);
    }
    return found;
  }

  /** Exactly these keys, each once, in the declared order where it is a total one. */
  async lists(expected: readonly string[], options?: ListOptions, store: ObjectStore = this.store): Promise<void> {
    const found = await this.keys(options, store);
    const sorted = this.ordered(expected);
    const ordered = this.capabilities.listOrder === "utf8" || this.capabilities.listOrder === "utf16";
    this.equal(ordered ? found : this.ordered(found), sorted, `list(${JSON.stringify(options ?? {})})`);
  }

  /** Keys in the order that the store declares (UTF-8 where it declares none). */
  ordered(keys: readonly string[]): string[] {
    if (this.capabilities.listOrder === "utf16") return [...keys].toSorted();
    return [...keys].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  }

  async sideDoor(): Promise<SideDoor> {
    if (this.harness.sideDoor === undefined) return this.notRun("the harness has no side door");
    return await this.harness.sideDoor(this.namespace);
  }

  async driver(): Promise<DriverHandle> {
    if (this.harness.driver === undefined) return this.notRun("the harness offers no driver");
    return await this.harness.driver(this.namespace);
  }

  /** A store on this namespace over its driver as changed by `change`. */
  async over(change: (driver: StoreDriver) => StoreDriver, options: CommonStoreOptions = {}): Promise<ObjectStore> {
    const { driver, ...settings } = await this.driver();
    return this.decorated(createStore(change(driver), { ...settings, ...options }));
  }

  /** A store that counts the calls of its driver. */
  async counting(options?: CommonStoreOptions): Promise<{ readonly store: ObjectStore; readonly calls: CallCounts }> {
    const { driver, ...settings } = await this.driver();
    const counted = countCalls(driver);
    const store = createStore(counted.driver, { ...settings, ...options });
    return { store: this.decorated(store), calls: counted.calls };
  }

  async lowered(limits: LoweredLimits, options?: CommonStoreOptions): Promise<ObjectStore> {
    return this.over((driver) => lowerLimits(driver, limits), options);
  }

  /** A store whose calls can be made to fail: the harness's own, else over the driver. */
  async faulty(): Promise<FaultyStore> {
    if (this.harness.faults !== undefined) {
      const faulty = await this.harness.faults(this.namespace);
      this.adopt(faulty.store);
      return faulty;
    }
    const { driver, ...settings } = await this.driver();
    const broken = faultyDriver(driver);
    const store = createStore(broken.driver, { ...settings, environment: impatient });
    return { store: this.decorated(store), inject: broken.inject };
  }

  /** Has something outside the namespaces cleaned up at the end of the case, whatever its verdict. */
  atEnd(cleanUp: () => void | Promise<void>): void {
    this.endings.push(cleanUp);
  }

  private decorated(store: ObjectStore): ObjectStore {
    return this.adopt(this.harness.decorate?.(store) ?? store);
  }

  /** Containers beside the namespaces: created, opened, deleted and listed by name. */
  get containers(): ContainerAccess {
    const { containers, registry = defaultRegistry } = this.harness;
    if (containers === undefined) return this.notRun("the harness offers no containers");
    return accessContainers(containers, registry, (store) => this.decorated(store));
  }

  get registry(): Registry {
    return this.harness.registry ?? defaultRegistry;
  }

  /** A store whose container does not exist. */
  async missingContainer(): Promise<ObjectStore> {
    return this.adopt(
      (await this.harness.openMissingContainer?.()) ?? this.notRun("the harness has no missing container"),
    );
  }

  async denied(): Promise<ObjectStore> {
    return this.adopt(
      (await this.harness.openDenied?.(this.namespace)) ?? this.notRun("the harness has no denied store"),
    );
  }

  async readOnly(): Promise<ObjectStore> {
    return this.adopt(
      (await this.harness.openReadOnly?.(this.namespace)) ?? this.notRun("the harness has no read-only store"),
    );
  }

  /** The directory of the namespace. */
  get localPath(): string {
    return this.harness.localPath?.(this.namespace) ?? this.notRun("the store is not on a local file system");
  }

  /** Closes everything and says what was left behind. For the engine. */
  async finish(): Promise<string | undefined> {
    for (const cleanUp of this.endings) await cleanUp();
    for (const store of this.opened) await store.close();
    // Removals queued by the last settled operation get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    const left = this.controllers.reduce((sum, { signal }) => sum + getEventListeners(signal, "abort").length, 0);
    return left === 0 ? undefined : `${left} abort listeners were left on the case's signals`;
  }
}

/** Waits between attempts take no time where the suite itself injects the faults. */
const impatient: NonNullable<DriverHandle["environment"]> = {
  now: () => performance.now(),
  random: () => 0.5,
  async sleep(_, signal) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  },
};
