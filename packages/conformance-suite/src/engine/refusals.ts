import { CONFORMANCE_CASE_DEADLINE_DEFAULT_MS, FEATURES } from "@stowage/core";
import type { Capabilities, Feature } from "@stowage/core";
import type { Case } from "./case.js";
import type { CaseContext } from "./context.js";

/** One way to ask for a feature. `existing` holds an object, nothing is at `missing`. */
type Attempts = (t: CaseContext) => Readonly<Record<string, () => PromiseLike<unknown>>>;

const existing = "refused/existing";
const missing = "refused/missing";
const other = "another body";
const anEtag = "0123456789abcdef";

const conditional: ReadonlySet<Feature> = new Set([
  "conditionalRead",
  "createOnly",
  "replaceIf",
  "deleteIf",
  "copyCreateOnly",
]);

/** Every way into every feature: what a store without it has to refuse. */
const attempts: Readonly<Record<Feature, Attempts>> = {
  conditionalRead: ({ store }) => ({
    "get ifMatch": () => store.get(existing, { ifMatch: anEtag }),
    "get ifNoneMatch": () => store.get(existing, { ifNoneMatch: anEtag }),
    "getStream ifMatch": () => store.getStream(existing, { ifMatch: anEtag }),
    "stat ifModifiedSince": () => store.stat(existing, { ifModifiedSince: new Date(0) }),
    "stat ifUnmodifiedSince": () => store.stat(existing, { ifUnmodifiedSince: new Date(0) }),
  }),
  createOnly: ({ store }) => ({
    "put on a missing key": () => store.put(missing, other, { ifNoneMatch: "*" }),
    "put on an existing key": () => store.put(existing, other, { ifNoneMatch: "*" }),
    writer: async () => {
      await using writer = store.createWriter(missing, { ifNoneMatch: "*" });
      await writer.write(Buffer.from(other));
      await writer.close();
    },
  }),
  replaceIf: ({ store }) => ({
    "put with a stale etag": () => store.put(existing, other, { ifMatch: anEtag }),
    "put with the current etag": async () => {
      const { etag } = await store.stat(existing);
      await store.put(existing, other, { ifMatch: etag });
    },
    "put on a missing key": () => store.put(missing, other, { ifMatch: anEtag }),
  }),
  deleteIf: ({ store }) => ({
    "delete with a stale etag": () => store.delete(existing, { ifMatch: anEtag }),
    "delete with the current etag": async () => {
      const { etag } = await store.stat(existing);
      await store.delete(existing, { ifMatch: etag });
    },
  }),
  copyCreateOnly: ({ store }) => ({
    "copy onto a missing key": () => store.copy(existing, missing, { ifNoneMatch: "*" }),
  }),
  attributes: ({ store }) => ({
    metadata: () => store.put(missing, other, { metadata: { colour: "red" } }),
    "metadata over an object": () => store.put(existing, other, { metadata: { colour: "red" } }),
    cacheControl: () => store.put(missing, other, { cacheControl: "no-store" }),
  }),
  putStream: ({ store }) => ({
    "body of unknown size": () => store.put(missing, pieces()),
    "over an object": () => store.put(existing, pieces()),
  }),
  multipart: ({ store }) => ({ beginUpload: () => store.beginUpload(missing) }),
  listParts: ({ store }) => ({
    listParts: async () => {
      const upload = await store.beginUpload(missing);
      try {
        return await upload.listParts();
      } finally {
        await upload.abort();
      }
    },
  }),
  listUploads: ({ store }) => ({ listUploads: () => all(store.listUploads({ prefix: "" })) }),
  getInto: ({ store }) => ({ getInto: () => store.getInto(existing, new Uint8Array(64)) }),
  lease: ({ store }) => ({ getLease: () => store.getLease(existing) }),
  getRanges: ({ store }) => ({ getRanges: () => store.getRanges(existing, [{ offset: 0, length: 1 }]) }),
  deleteMany: ({ store }) => ({ deleteMany: () => store.deleteMany([existing, missing]) }),
  copy: ({ store }) => ({ copy: () => store.copy(existing, missing) }),
  rename: ({ store }) => ({ rename: () => store.rename(existing, missing) }),
  presign: ({ store }) => ({
    GET: () => store.presign(existing),
    PUT: () => store.presign(missing, { method: "PUT" }),
  }),
  versions: ({ store }) => ({
    get: () => store.get(existing, { versionId: "1" }),
    stat: () => store.stat(existing, { versionId: "1" }),
    delete: () => store.delete(existing, { versionId: "1" }),
  }),
  cleanup: ({ store }) => ({ cleanup: () => store.cleanup() }),
  createContainer: (t) => ({ createContainer: () => t.containers.create("refused") }),
  deleteContainer: (t) => ({ deleteContainer: () => t.containers.delete("refused", true) }),
  listContainers: (t) => ({
    listContainers: () => all(t.containers.list?.() ?? t.notRun("the harness names no parent of containers")),
  }),
};

/**
 * For each feature the case that takes the place of all cases needing it, where a store declares it unsupported: refused with
 * `Unsupported` naming the capability, nothing written, deleted or replaced.
 * Complete by construction: FEATURES holds every Feature, which Object.fromEntries cannot know.
 */
export const refusals: Readonly<Record<Feature, Case>> = Object.fromEntries(
  FEATURES.map((feature) => [feature, refusalOf(feature)]),
) as Record<Feature, Case>;

export function refusalId(feature: Feature): string {
  return `reject.${feature}`;
}

function refusalOf(feature: Feature): Case {
  return {
    id: refusalId(feature),
    area: "A",
    list: conditional.has(feature) ? [8, 224] : [8],
    level: "must",
    size: "S",
    needs: [],
    parts: [],
    unless: (capabilities: Capabilities) =>
      capabilities[feature] === "unsupported" ? undefined : `${feature} is supported`,
    why: `a store that ignores what it cannot do loses data: without ${feature} every way to ask for it is refused, and nothing changes`,
    deadline: CONFORMANCE_CASE_DEADLINE_DEFAULT_MS,
    run: (t) => refuses(t, feature),
  };
}

async function refuses(t: CaseContext, feature: Feature): Promise<void> {
  const body = t.data(64);
  await t.store.put(existing, body);
  const before = await t.store.stat(existing);
  for (const [name, attempt] of Object.entries(attempts[feature](t))) {
    const error = await t.rejects(attempt, "Unsupported", `${feature}: ${name}`);
    t.ok(
      excused(feature, t.capabilities, error.capability),
      `${feature}: ${name} was refused naming ${String(error.capability)}`,
    );
    await t.holds(existing, body);
    t.equal((await t.store.stat(existing)).etag, before.etag, `etag after ${name}`);
    await t.absent(missing);
  }
  await t.lists([existing]);
}

/** A feature that builds on another lacking one may be refused in its name. */
function excused(feature: Feature, capabilities: Capabilities, named: string | undefined): boolean {
  if (named === feature) return true;
  const needed: Partial<Record<Feature, Feature>> = {
    listParts: "multipart",
    listUploads: "multipart",
    copyCreateOnly: "copy",
    rename: "copy",
    putStream: "multipart",
  };
  const below = needed[feature];
  return below !== undefined && named === below && capabilities[below] === "unsupported";
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("another ");
  yield Buffer.from("body");
}
