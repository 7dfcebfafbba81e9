import { createContainer, deleteContainer, listContainers, openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { randomBytes } from "node:crypto";
import type { AzureStoreSettings } from "./azurite.js";
import { KIB } from "./fault-run.js";

/** The way that an operation takes: a store, and for containers what a store is opened with. */
export interface Way {
  readonly store: ObjectStore;
  readonly options: AzureStoreSettings;
  /** Options of the call. */
  readonly call: { readonly signal?: AbortSignal };
  /** What `prepare` made. */
  readonly subject: string;
}

export interface Operation {
  /** Of a write, what is known of its outcome when the connection is dropped. */
  readonly write?: "unknown" | false;
  /** Makes what the operation uses up, past the faults, and says its name. */
  prepare?(direct: ObjectStore, options: AzureStoreSettings): Promise<string>;
  run(way: Way): Promise<unknown>;
}

export const THERE = "there";

let names = 0;
const fresh = (): string => `fresh-${++names}`;
const account = (uri: string): string => uri.split("/").slice(0, 3).join("/");

/** An upload with one part in it, by its token. */
async function begun(direct: ObjectStore): Promise<string> {
  const upload = await direct.beginUpload(fresh(), { partSize: KIB });
  await upload.uploadPart(1, randomBytes(KIB));
  return upload.token;
}

/** Every operation on objects. `THERE` is there. */
const objects: Readonly<Record<string, Operation>> = {
  get: { run: ({ store, call }) => store.get(THERE, call) },
  "ranged get": { run: ({ store, call }) => store.get(THERE, { ...call, range: { suffix: 10 } }) },
  getInto: { run: ({ store, call }) => store.getInto(THERE, new Uint8Array(KIB), call) },
  getStream: {
    run: async ({ store, call }) => new Response((await store.getStream(THERE, call)).stream).arrayBuffer(),
  },
  stat: { run: ({ store, call }) => store.stat(THERE, call) },
  exists: { run: ({ store, call }) => store.exists(THERE, call) },
  list: { run: ({ store, call }) => store.list(call).toArray() },
  put: { write: "unknown", run: ({ store, call }) => store.put("new", "1", call) },
  // What is dropped is a part: nothing has been made visible.
  "put in parts": {
    write: false,
    run: ({ store, call }) =>
      store.put("parts", randomBytes(3 * KIB), { ...call, partSize: KIB, multipartThreshold: KIB }),
  },
  copy: { write: "unknown", run: ({ store, call }) => store.copy(THERE, "copied", call) },
  // What is dropped is the look at the source.
  rename: {
    write: false,
    async prepare(direct) {
      const key = fresh();
      await direct.put(key, "1");
      return key;
    },
    run: ({ store, call, subject }) => store.rename(subject, `${subject}-renamed`, call),
  },
  delete: { write: "unknown", run: ({ store, call }) => store.delete("gone", call) },
  deleteMany: {
    write: "unknown",
    async run({ store, call }) {
      const [outcome] = await store.deleteMany(["gone"], call);
      if (outcome !== undefined && !outcome.ok) throw outcome.error;
    },
  },
};

/** A store that is no part of the faults, as patient as the one that is: a copy goes by the settings of its target. */
function elsewhere({ retries, timeouts }: AzureStoreSettings): Promise<ObjectStore> {
  return openStore("memory://faults/", { retries, timeouts });
}

/** Copies between a store on Azure and one elsewhere, through this process. */
const streamed: Readonly<Record<string, Operation>> = {
  "copy from another store": {
    write: "unknown",
    async run({ store, options, call }) {
      await using other = await elsewhere(options);
      await other.put("source", randomBytes(KIB));
      await store.copyFrom(other, "source", "streamed", call);
    },
  },
  "copy to another store": {
    async run({ store, options, call }) {
      await using other = await elsewhere(options);
      await other.copyFrom(store, THERE, "streamed", call);
    },
  },
};

/** Explicit uploads, resumed: what goes wrong first is the look at what there is. */
const uploads: Readonly<Record<string, Operation>> = {
  "begin an upload": { run: ({ store, call }) => store.beginUpload("begun", { ...call, partSize: KIB }) },
  "upload a part": {
    write: "unknown",
    prepare: begun,
    run: ({ store, call, subject }) => store.resumeUpload(subject).uploadPart(1, randomBytes(KIB), call),
  },
  listParts: {
    prepare: begun,
    run: ({ store, call, subject }) => store.resumeUpload(subject).listParts(call),
  },
  "complete an upload": {
    write: false,
    prepare: begun,
    run: ({ store, call, subject }) => store.resumeUpload(subject).complete(call),
  },
  "abort an upload": {
    prepare: begun,
    run: ({ store, call, subject }) => store.resumeUpload(subject).abort(call),
  },
};

const containers: Readonly<Record<string, Operation>> = {
  "create a container": {
    write: "unknown",
    prepare: async (direct) => `${account(direct.uri)}/${fresh()}`,
    run: ({ options, call, subject }) => createContainer(subject, options, call),
  },
  "delete a container": {
    write: "unknown",
    async prepare(direct, options) {
      const uri = `${account(direct.uri)}/${fresh()}`;
      await createContainer(uri, options);
      return uri;
    },
    run: ({ options, call, subject }) => deleteContainer(subject, options, { ...call, force: true }),
  },
  "list containers": {
    prepare: async (direct) => account(direct.uri),
    async run({ options, call, subject }) {
      const found: string[] = [];
      for await (const { name } of listContainers(subject, options, call)) found.push(name);
      return found;
    },
  },
};

export const operations: readonly (readonly [string, Operation])[] = Object.entries({
  ...objects,
  ...streamed,
  ...uploads,
  ...containers,
});
