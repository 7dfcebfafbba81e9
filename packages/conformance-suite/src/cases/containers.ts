import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

export const containerCases: readonly Case[] = defineArea("Q", (define) => {
  const making = { parts: ["containers"], needs: ["createContainer", "deleteContainer"] } as const;

  define(
    "ct.accessible",
    293,
    "a missing container that throws, or is told as there",
    async (t) => {
      t.equal(await t.store.containerExists(), true, "a container that is there");
      await t.store.put("a", "1");
      t.equal(await (await t.missingContainer()).containerExists(), false, "one that is not");
    },
    { parts: ["openMissingContainer"] },
  );

  define(
    "ct.missing",
    294,
    "an operation that takes a missing container for an empty one",
    async (t) => {
      const store = await t.missingContainer();
      const calls: Readonly<Record<string, () => PromiseLike<unknown>>> = {
        get: () => store.get("a"),
        getStream: () => store.getStream("a"),
        "ranged get": () => store.get("a", { range: { offset: 0, length: 1 } }),
        getRanges: () => store.getRanges("a", [{ offset: 0, length: 1 }]),
        stat: () => store.stat("a"),
        put: () => store.put("a", "1"),
        "large put": () => store.put("a", t.data(200_000), { size: 200_000 }),
        delete: () => store.delete("a"),
        list: () => store.list().toArray(),
        "list with delimiter": () => store.list({ delimiter: "/" }).toArray(),
        deletePrefix: () => store.deletePrefix("a"),
        copy: () => store.copy("a", "b"),
        rename: () => store.rename("a", "b"),
      };
      for (const [name, call] of t.offered(calls)) await t.rejects(call, "ContainerNotFound", name);
      t.equal(await store.containerExists(), false, "containerExists after put");
    },
    { parts: ["openMissingContainer"], size: "M" },
  );

  define(
    "ct.missing-multipart",
    294,
    "an upload begun in a missing container",
    async (t) => {
      const store = await t.missingContainer();
      await t.rejects(
        async () => (await store.beginUpload("a")).uploadPart(1, "1"),
        "ContainerNotFound",
        "beginUpload or uploadPart",
      );
    },
    { parts: ["openMissingContainer"], needs: ["multipart"] },
  );

  define(
    "ct.bulk-missing",
    294,
    "a bulk call on a missing container told as success",
    async (t) => {
      const store = await t.missingContainer();
      const [read] = await store.getMany(["a"]);
      t.equal(read?.ok === false && read.error.code, "ContainerNotFound", "getMany");
      if (store.capabilities.deleteMany === "unsupported") return;
      const outcomes = await store.deleteMany(["a", "b"]);
      t.equal(
        outcomes.map((one) => (one.ok ? "ok" : one.error.code)),
        ["ContainerNotFound", "ContainerNotFound"],
        "deleteMany",
      );
    },
    { parts: ["openMissingContainer"] },
  );

  define(
    "ct.create",
    295,
    "a container created twice that is an error, or emptied",
    async (t) => {
      await t.containers.gone("suite-create");
      t.equal((await t.containers.create("suite-create")).created, true, "created at first");
      const store = await t.containers.open("suite-create");
      t.equal(await store.containerExists(), true, "containerExists");
      await store.put("a", "1");
      t.equal((await t.containers.create("suite-create")).created, false, "created again");
      await t.holds("a", "1", store);
      await t.containers.delete("suite-create", true);
      t.equal(await store.containerExists(), false, "containerExists after delete");
    },
    making,
  );

  define(
    "ct.name-rules",
    296,
    "a bad name that fails without saying why",
    async (t) => {
      for (const [name, reason] of Object.entries(t.containers.invalidNames)) {
        const error = await t.rejects(
          () => t.containers.create(name),
          ["InvalidArgument", "InvalidUri"],
          `${name} (${reason})`,
        );
        t.ok(error.detail.length > 15, `a reason: ${error.detail}`);
      }
      const store = await t.containers.fresh("suite-good-name");
      t.ok(store.uri.includes("suite-good-name"), "a good name is kept");
      await t.containers.delete("suite-good-name", true);
    },
    making,
  );

  define(
    "ct.delete-empty",
    297,
    "an empty container that stays",
    async (t) => {
      const store = await t.containers.fresh("suite-empty");
      await t.containers.delete("suite-empty", true);
      t.equal(await store.containerExists(), false, "containerExists");
      await t.rejects(() => store.put("a", "1"), "ContainerNotFound", "put");
    },
    making,
  );

  define(
    "ct.delete-non-empty",
    297,
    "a container deleted with what is in it",
    async (t) => {
      const store = await t.containers.fresh("suite-full");
      await store.put("a", "1");
      await t.rejects(() => t.containers.delete("suite-full"), ["ContainerNotEmpty", "Unsupported"], "delete");
      await t.holds("a", "1", store);
      await t.containers.delete("suite-full", true);
      t.equal(await store.containerExists(), false, "containerExists after force");
    },
    making,
  );

  define(
    "ct.delete-missing",
    297,
    "a missing container deleted with success",
    async (t) => {
      await t.containers.gone("suite-missing");
      await t.rejects(() => t.containers.delete("suite-missing", true), "ContainerNotFound", "delete");
    },
    making,
  );

  define(
    "ct.recreate",
    298,
    "old objects in a new container",
    async (t) => {
      const store = await t.containers.fresh("suite-again");
      await store.put("a", "old");
      await t.containers.delete("suite-again", true);
      await t.containers.create("suite-again");
      const fresh = await t.containers.open("suite-again");
      t.equal(await t.keys({}, fresh), [], "keys");
      await t.absent("a", fresh);
      await t.containers.delete("suite-again", true);
    },
    making,
  );

  define(
    "ct.read-only",
    299,
    "a write refused with some other error, or half done",
    async (t) => {
      await t.store.put("a", "1");
      const store = await t.readOnly();
      await t.holds("a", "1", store);
      t.equal(await t.keys({}, store), ["a"], "keys");
      for (const [name, call] of t.offered<() => PromiseLike<unknown>>({
        put: () => store.put("b", "2"),
        "put over": () => store.put("a", "2"),
        delete: () => store.delete("a"),
        copy: () => store.copy("a", "b"),
        rename: () => store.rename("a", "b"),
      })) {
        await t.rejects(call, "PermissionDenied", name);
      }
      await t.lists(["a"]);
      await t.holds("a", "1");
    },
    { parts: ["openReadOnly"] },
  );

  define(
    "ct.list",
    300,
    "containers left out of the list",
    async (t) => {
      const { list } = t.containers;
      if (list === undefined) return t.notRun("the harness names no parent of containers");
      const names = ["suite-list-1", "suite-list-2", "suite-list-3"];
      for (const name of names) await t.containers.fresh(name);
      const found: string[] = [];
      for await (const { uri, name } of list()) found.push(`${name} ${uri}`);
      for (const name of names) t.equal(found.filter((one) => one.includes(name)).length, 1, `entries of ${name}`);
      for (const name of names) await t.containers.delete(name, true);
      const left: string[] = [];
      for await (const { name } of list()) left.push(name);
      t.equal(
        left.filter((name) => name.includes("suite-list-")),
        [],
        "containers after delete",
      );
    },
    { ...making, needs: [...making.needs, "listContainers"] },
  );

  define(
    "ct.concurrent-create",
    302,
    "the loser of a race between creators fails",
    async (t) => {
      await t.containers.gone("suite-race");
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => t.containers.create("suite-race")));
      t.equal(outcomes.filter(({ created }) => created).length, 1, "creators told that they created it");
      await t.containers.delete("suite-race", true);
    },
    making,
  );

  define(
    "ct.isolated",
    301,
    "containers that share their objects",
    async (t) => {
      const one = await t.containers.fresh("suite-one");
      const other = await t.containers.fresh("suite-one-more");
      await one.put("a", "1");
      t.equal(await t.keys({}, other), [], "keys of the other container");
      await t.absent("a", other);
      for (const name of ["suite-one", "suite-one-more"]) await t.containers.delete(name, true);
    },
    making,
  );
});
