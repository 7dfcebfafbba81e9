import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it } from "vitest";
import { failure } from "../../test/support/scripted-store.js";
import { registryOf } from "../../test/support/shelf-plugin.js";
import { createContainer, deleteContainer, listContainers } from "../index.js";
import type { Registry } from "../index.js";

describe("containers", () => {
  function withContainers(): { readonly registry: Registry; readonly made: string[]; fail(error: Error): void } {
    const made: string[] = [];
    const errors: Error[] = [];
    const { registry } = registryOf({
      containers: {
        async create(container) {
          const error = errors.shift();
          if (error !== undefined) throw error;
          if (made.includes(container)) return { created: false };
          made.push(container);
          return { created: true };
        },
        async delete(container, _options, { force }) {
          if (!force) throw failure("ContainerNotEmpty");
          made.splice(made.indexOf(container), 1);
        },
        async *list(parent) {
          for (const name of made) yield { name, uri: `shelf://${name}/`, created: undefined };
          if (parent === "broken") throw new TypeError("x");
        },
      },
    });
    return { registry, made, fail: (error) => void errors.push(error) };
  }

  it("are created, listed and deleted by URI", async () => {
    const { registry } = withContainers();
    expect(await createContainer("shelf://a", {}, { registry })).toEqual({ created: true });
    expect(await createContainer("shelf://a/", {}, { registry })).toEqual({ created: false });
    const names = [];
    for await (const { name } of listContainers("shelf://", {}, { registry })) names.push(name);
    expect(names).toEqual(["a"]);
    await expect(deleteContainer("shelf://a", {}, { registry })).rejects.toMatchObject({
      code: "ContainerNotEmpty",
      operation: "deleteContainer",
      uri: "shelf://a",
      committed: false,
    });
    await deleteContainer("shelf://a", {}, { registry, force: true });
  });

  it("are listed on from where a listing broke, each told once; one that stays broken ends with its error", async () => {
    const failures: Error[] = [];
    let listings = 0;
    const { registry } = registryOf({
      containers: {
        async *list() {
          listings += 1;
          for (const name of ["a", "b", "c"]) {
            if (name !== "b") yield { name, uri: `shelf://${name}/`, created: undefined };
            else {
              const error = failures.shift();
              if (error !== undefined) throw error;
              yield { name, uri: "shelf://b/", created: undefined };
            }
          }
        },
      },
    });
    const names = async (retries: number): Promise<string[]> => {
      const found: string[] = [];
      for await (const { name } of listContainers("shelf://", {}, { registry, retries })) found.push(name);
      return found;
    };
    const busy = (): Error => failure("Throttled", { retryAfterMs: 0 });
    failures.push(busy(), busy());
    expect(await names(3)).toEqual(["a", "b", "c"]);
    expect(listings).toBe(3);
    failures.push(busy(), busy(), busy());
    await expect(names(1)).rejects.toMatchObject({ code: "Throttled", operation: "listContainers" });
    failures.splice(0, failures.length, failure("PermissionDenied"));
    await expect(names(3)).rejects.toMatchObject({ code: "PermissionDenied" });
  });

  it("tell of every attempt and of how they ended on the channels that stores use", async () => {
    const { registry, fail } = withContainers();
    const seen: unknown[] = [];
    const onEvent = (event: unknown): void => void seen.push(event);
    for (const channel of ["stowage:attempt", "stowage:operation"]) subscribe(channel, onEvent);
    try {
      fail(failure("Unavailable", { status: 503, requestId: "r" }));
      await createContainer("shelf://a", {}, { registry });
      await deleteContainer("shelf://a", {}, { registry }).catch(() => {});
      await createContainer("shelf://b", {}, { registry, signal: AbortSignal.abort() }).catch(() => {});
    } finally {
      for (const channel of ["stowage:attempt", "stowage:operation"]) unsubscribe(channel, onEvent);
    }
    const [create, remove] = ["createContainer", "deleteContainer"].map((operation) => ({
      operation,
      uri: "shelf://a",
    }));
    expect(seen).toMatchObject([
      { ...create, attempt: 1, error: "Unavailable", status: 503, requestId: "r", retryInMs: expect.any(Number) },
      { ...create, attempt: 2 },
      { ...create, attempts: 2, durationMs: expect.any(Number) },
      { ...remove, attempt: 1, error: "ContainerNotEmpty" },
      { ...remove, attempts: 1, error: "ContainerNotEmpty" },
      { operation: "createContainer", uri: "shelf://b", attempts: 0, error: "Aborted" },
    ]);
  });

  it("functions try again what is retryable, and name operation and URI in every error", async () => {
    const { registry, made, fail } = withContainers();
    fail(failure("Unavailable"));
    await createContainer("shelf://a", {}, { registry });
    expect(made).toEqual(["a"]);
    fail(failure("Throttled"));
    await expect(createContainer("shelf://b", {}, { registry, retries: 0 })).rejects.toMatchObject({
      code: "Throttled",
      operation: "createContainer",
      uri: "shelf://b",
    });
    fail(new TypeError("x"));
    await expect(createContainer("shelf://b", {}, { registry })).rejects.toMatchObject({
      code: "Internal",
      operation: "createContainer",
      committed: "unknown",
    });
    const listing = listContainers("shelf://broken", {}, { registry });
    await listing.next();
    await expect(listing.next()).rejects.toMatchObject({
      code: "Internal",
      operation: "listContainers",
      uri: "shelf://broken",
    });
    const reason = new Error("stop");
    await expect(createContainer("shelf://c", {}, { registry, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it("functions refuse what a scheme lacks, prefixes, and options nobody knows", async () => {
    const { registry } = registryOf();
    await expect(createContainer("shelf://a", {}, { registry })).rejects.toMatchObject({
      code: "Unsupported",
      capability: "createContainer",
    });
    await expect(deleteContainer("shelf://a", {}, { registry })).rejects.toMatchObject({
      capability: "deleteContainer",
    });
    await expect(listContainers("shelf://a", {}, { registry }).next()).rejects.toMatchObject({
      capability: "listContainers",
    });
    const full = withContainers().registry;
    await expect(createContainer("shelf://a/prefix", {}, { registry: full })).rejects.toMatchObject({
      code: "InvalidUri",
      operation: "createContainer",
    });
    for (const options of [{ force: true }, { regstry: 1 }, { signal: 5 }, null, 5]) {
      await expect(
        createContainer(
          "shelf://a",
          {},
          (Object(options) === options ? { registry: full, ...Object(options) } : options) as never,
        ),
      ).rejects.toMatchObject({ code: "InvalidArgument", operation: "createContainer" });
    }
    await expect(deleteContainer("shelf://a", {}, { registry: full, force: 1 as never })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    await expect(createContainer("nosuch://a", {}, { registry: full })).rejects.toMatchObject({
      code: "UnknownScheme",
      operation: "createContainer",
    });
  });
});
