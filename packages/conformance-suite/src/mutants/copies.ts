import { StoreError } from "@stowage/core";
import type { StoreDriver } from "@stowage/core";
import { forwardDriver, without } from "../instrument/forward.js";
import { aMoment, bodyOf, perNamespace, readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

type Copy = NonNullable<StoreDriver["copyFrom"]>;
type Rename = NonNullable<StoreDriver["rename"]>;

function alterCopy(driver: StoreDriver, make: (copyFrom: Copy) => Copy): StoreDriver {
  const { copyFrom } = forwardDriver(driver);
  return forwardDriver(driver, { ...(copyFrom && { copyFrom: make(copyFrom) }) });
}

function alterRename(driver: StoreDriver, make: (rename: Rename) => Rename): StoreDriver {
  const { rename } = forwardDriver(driver);
  return forwardDriver(driver, { ...(rename && { rename: make(rename) }) });
}

const quiet = (call: { readonly timeouts: Parameters<Rename>[2]["timeouts"] }) => ({
  signal: undefined,
  timeouts: call.timeouts,
  native: undefined,
  conditions: undefined,
  versionId: undefined,
});

export const copyMutants: readonly Mutant[] = defineMutants("lost effect", (define) => {
  define("copy-noop", "copy resolves and does nothing", () => ({
    driver: (driver) =>
      alterCopy(driver, () => async (source, from, to, call) => {
        const { size, etag } = await source.stat(from, { ...call, conditions: undefined, versionId: undefined });
        return { size, etag, key: to };
      }),
  }));
  define("copy-empty", "a copy is empty", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        const done = await copyFrom(source, from, to, call);
        if (done !== undefined && from !== to)
          await driver.write(to, bodyOf(new Uint8Array(0)), {
            ...quiet(call),
            attributes: { metadata: {} },
            onBytes: undefined,
          });
        return done;
      }),
  }));
  define("copy-moves", "a copy removes its source", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        const done = await copyFrom(source, from, to, call);
        if (from !== to) await source.delete(from, quiet(call));
        return done;
      }),
  }));
  define("copy-keeps-target", "a copy onto an object does nothing", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        const there = await driver.stat(to, quiet(call)).catch(() => undefined);
        return there === undefined || from === to || call.conditions !== undefined
          ? await copyFrom(source, from, to, call)
          : { size: there.size, etag: there.etag };
      }),
  }));
  define("copy-keeps-tail", "a copy onto a longer object keeps its tail", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        const old =
          from === to ? undefined : await readWhole(driver, to, undefined, quiet(call)).catch(() => undefined);
        const done = await copyFrom(source, from, to, call);
        if (done === undefined || old === undefined || old.bytes.byteLength <= done.size) return done;
        const fresh = await readWhole(driver, to, undefined, quiet(call));
        return await driver.write(to, bodyOf(Buffer.concat([fresh.bytes, old.bytes.subarray(done.size)])), {
          ...quiet(call),
          attributes: fresh.info.attributes,
          onBytes: undefined,
        });
      }),
  }));
  define("copy-deletes-target-first", "a copy of a missing source loses the target", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        if (from !== to && call.conditions === undefined) await driver.delete(to, quiet(call));
        return await copyFrom(source, from, to, call);
      }),
  }));
  define("copy-missing-is-empty", "a copy of nothing makes an empty object", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        try {
          return await copyFrom(source, from, to, call);
        } catch (error) {
          if (!(error instanceof StoreError) || error.code !== "NotFound") throw error;
          return await driver.write(to, bodyOf(new Uint8Array(0)), {
            ...quiet(call),
            attributes: { metadata: {} },
            onBytes: undefined,
          });
        }
      }),
  }));
  define("copy-is-a-link", "a copy shows what its source becomes", () => {
    const linked = perNamespace(() => new Map<string, string>());
    return {
      driver: (driver, namespace) =>
        forwardDriver(
          alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
            linked(namespace).set(from, to);
            return await copyFrom(source, from, to, call);
          }),
          {
            async write(key, body, call) {
              const written = await driver.write(key, body, call);
              const link = linked(namespace).get(key);
              const { bytes } = await readWhole(driver, key, undefined, quiet(call));
              if (link !== undefined && link !== key)
                await driver.write(link, bodyOf(bytes), { ...call, conditions: undefined }).catch(() => {});
              return written;
            },
          },
        ),
    };
  });
  define("copy-empty-source-refused", "an empty source cannot be copied", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        const { size } = await source.stat(from, { ...call, conditions: undefined, versionId: undefined });
        if (size === 0) throw new StoreError({ code: "NotFound", message: "nothing to copy" });
        return await copyFrom(source, from, to, call);
      }),
  }));
  define("copy-cut-at-1m", "a copy is cut at a megabyte", () => ({
    driver: (driver) =>
      alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        const done = await copyFrom(source, from, to, call);
        if (done === undefined || done.size <= 1_048_576) return done;
        const { bytes, info } = await readWhole(driver, to, undefined, quiet(call));
        await driver.write(to, bodyOf(bytes.subarray(0, 1_048_576)), {
          ...quiet(call),
          attributes: info.attributes,
          onBytes: undefined,
        });
        return done;
      }),
  }));
  define("copy-reads-own-store", "a copy from another store reads its own", () => ({
    driver: (driver) => alterCopy(driver, (copyFrom) => (_source, from, to, call) => copyFrom(driver, from, to, call)),
  }));
  define("copy-onto-itself", "a copy onto itself empties the object", () => ({
    store: (store) =>
      wrapStore(store, {
        copy: (...[from, to, options]: Parameters<typeof store.copy>) =>
          from === to && options?.attributes === undefined ? store.put(to, "") : store.copy(from, to, options),
        rename: (...[from, to, options]: Parameters<typeof store.rename>) =>
          from === to ? store.put(to, "") : store.rename(from, to, options),
      }),
  }));
  define("copy-self-loses-body", "new attributes in place lose the body", () => ({
    driver: (driver) =>
      alterCopy(
        driver,
        (copyFrom) => (source, from, to, call) =>
          from === to && call.attributes !== undefined
            ? driver.write(to, bodyOf(new Uint8Array(0)), {
                ...quiet(call),
                attributes: call.attributes,
                onBytes: undefined,
              })
            : copyFrom(source, from, to, call),
      ),
  }));
  define("copy-torn", "two copies onto one target are mixed", () => ({
    driver(driver) {
      const running = new Map<string, number>();
      return alterCopy(driver, (copyFrom) => async (source, from, to, call) => {
        running.set(to, (running.get(to) ?? 0) + 1);
        await aMoment(1);
        const several = (running.get(to) ?? 0) > 1;
        const done = await copyFrom(source, from, to, call);
        running.set(to, (running.get(to) ?? 1) - 1);
        if (!several || done === undefined) return done;
        const { bytes, info } = await readWhole(driver, to, undefined, quiet(call));
        bytes[0] = (bytes[0] ?? 0) ^ 255;
        return await driver.write(to, bodyOf(bytes), {
          ...quiet(call),
          attributes: info.attributes,
          onBytes: undefined,
        });
      });
    },
  }));
  define("rename-copies", "a rename leaves its source", () => ({
    driver: (driver) =>
      forwardDriver(without(driver, "rename"), {
        async rename(from, to, call) {
          const done = await forwardDriver(driver).copyFrom?.(driver, from, to, {
            ...quiet(call),
            sourceIfMatch: undefined,
            sourceVersionId: undefined,
            attributes: undefined,
            conditions: call.conditions,
          });
          return done ?? { size: 0, etag: "" };
        },
      }),
  }));
  define("rename-missing-deletes-target", "a rename of nothing loses the target", () => ({
    driver: (driver) =>
      alterRename(driver, (rename) => async (from, to, call) => {
        if (call.conditions === undefined) await driver.delete(to, quiet(call));
        return await rename(from, to, call);
      }),
  }));
  define("rename-keeps-target", "a rename onto an object only removes its source", () => ({
    driver: (driver) =>
      alterRename(driver, (rename) => async (from, to, call) => {
        const there = await driver.stat(to, quiet(call)).catch(() => undefined);
        if (there === undefined || call.conditions !== undefined) return await rename(from, to, call);
        await driver.delete(from, quiet(call));
        return { size: there.size, etag: there.etag };
      }),
  }));
  define("rename-moves-siblings", "a rename takes keys along that begin with the same name", () => ({
    driver: (driver) =>
      alterRename(driver, (rename) => async (from, to, call) => {
        const keys: string[] = [];
        const listing = driver.list({
          ...quiet(call),
          prefix: from,
          delimiter: undefined,
          startAfter: undefined,
          token: undefined,
          pageSize: undefined,
        });
        for await (const { entries } of listing) keys.push(...entries.map(({ key }) => key));
        const done = await rename(from, to, call);
        for (const key of keys)
          if (key !== from) await rename(key, to + key.slice(from.length), { ...call, conditions: undefined });
        return done;
      }),
  }));
  define("rename-gap", "a rename removes the target first, and both are gone for a moment", () => ({
    driver: (driver) =>
      alterRename(driver, (rename) => async (from, to, call) => {
        if (call.conditions !== undefined) return await rename(from, to, call);
        await driver.delete(to, quiet(call));
        await aMoment();
        return await rename(from, to, call);
      }),
  }));
});
