import { isStoreError, StoreError } from "@stowage/core";
import type { Capabilities, ObjectInfo, ObjectStore } from "@stowage/core";
import type { Command } from "commander";
import { readOptions } from "../arguments/store-options.js";
import type { GivenOption, OptionFlags } from "../arguments/store-options.js";
import type { CommandContext, Execute } from "../context.js";
import { printable } from "../output/format.js";
import { sourceOf } from "../stores/source.js";
import { examples, withStoreOptions } from "./flags.js";

interface StatFlags extends OptionFlags {
  readonly verbose?: boolean;
  readonly json?: boolean;
}

export function addStat(program: Command, execute: Execute): void {
  const command = program
    .command("stat")
    .summary("what a store knows of an object")
    .description("Size, etag, times and attributes of objects; of a container or prefix: is it there.")
    .argument("<uri...>", "objects; a final / asks for the container itself")
    .option("--verbose", "also the service's own facts, and the notes of the store (I/O mode and the like)")
    .option("--json", "one JSON object a line");
  withStoreOptions(command).action((uris: string[], flags: StatFlags) =>
    execute("stat", (context) => stat(context, uris, flags)),
  );
  examples(command, [
    ["stowage stat s3://bucket/key", "size, etag, content type, metadata"],
    ["stowage stat --json a.bin b.bin", "for scripts"],
    ["stowage stat --verbose direct:///mnt/nvme/a", "and the I/O mode in force"],
  ]);
}

async function stat(context: CommandContext, uris: readonly string[], flags: StatFlags): Promise<void> {
  const given = readOptions(flags);
  for (const [index, argument] of uris.entries()) {
    try {
      const { uri } = await sourceOf(argument, context.cwd);
      const facts = await factsOf(context, uri, given, flags.verbose === true);
      if (index > 0 && flags.json !== true) await context.lines.write("");
      for (const line of flags.json === true ? [JSON.stringify(facts)] : textOf(facts)) await context.lines.write(line);
    } catch (error) {
      if (context.signal.aborted || uris.length === 1) throw error;
      context.report.objectFailure(error, argument);
    }
  }
}

type Facts = Readonly<Record<string, unknown>>;

async function factsOf(
  context: CommandContext,
  uri: string,
  given: readonly GivenOption[],
  verbose: boolean,
): Promise<Facts> {
  const object = uri.endsWith("/") ? undefined : await openObjectUnlessContainer(context, uri, given);
  if (object === undefined) return containerFacts(context, uri, given, verbose);
  const { store, key } = object;
  const info = await store.stat(key, { signal: context.signal });
  return { ...objectFacts(store.uriOf(key), info), ...(verbose ? verboseFacts(store, info) : {}) };
}

async function openObjectUnlessContainer(
  context: CommandContext,
  uri: string,
  given: readonly GivenOption[],
): Promise<{ store: ObjectStore; key: string } | undefined> {
  try {
    return await context.stores.openObject(uri, given);
  } catch (error) {
    // `s3://bucket` names no object; if it is no URI of a container either, opening it as one says so.
    if (isStoreError(error) && error.code === "InvalidUri") return undefined;
    throw error;
  }
}

async function containerFacts(
  context: CommandContext,
  uri: string,
  given: readonly GivenOption[],
  verbose: boolean,
): Promise<Facts> {
  const store = await context.stores.openStore(uri, given);
  if (!(await store.containerExists({ signal: context.signal }))) {
    throw new StoreError({
      code: "ContainerNotFound",
      message: `there is no container at ${store.uri}`,
      uri: store.uri,
    });
  }
  const { capabilities } = store;
  return {
    uri: store.uri,
    kind: "container",
    ...(verbose ? { notes: capabilities.notes, limits: capabilities.limits } : {}),
  };
}

function objectFacts(uri: string, info: ObjectInfo): Facts {
  return {
    uri,
    key: info.key,
    size: info.size,
    etag: info.etag,
    lastModified: info.lastModified?.toISOString() ?? null,
    contentType: info.contentType,
    cacheControl: info.cacheControl,
    contentDisposition: info.contentDisposition,
    contentEncoding: info.contentEncoding,
    contentLanguage: info.contentLanguage,
    versionId: info.versionId,
    metadata: info.metadata,
  };
}

function verboseFacts(store: ObjectStore, info: ObjectInfo): Facts {
  const notes: Capabilities["notes"] = store.capabilities.notes;
  return { native: info.native, notes };
}

/** `name: value`, nested records as `metadata.name: value`. */
function textOf(facts: Facts, prefix = ""): string[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (isRecord(value)) return textOf(value, `${prefix}${name}.`);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [`${printable(`${prefix}${name}`)}: ${printable(value === null ? "-" : text)}`];
  });
}

function isRecord(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
