import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Readable } from "node:stream";
import { isStoreError, StoreError } from "@stowage/core";
import type { AttributeInput } from "@stowage/core";
import type { Command } from "commander";
import { parseAttributes } from "../arguments/attributes.js";
import type { AttributeFlags } from "../arguments/attributes.js";
import { isUri, toUri } from "../arguments/location.js";
import { readOptions } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { makeLocalContainer, objectDestination } from "../transfer/destination.js";
import type { ObjectDestination } from "../transfer/destination.js";
import { formatOutcome, nothingMoved } from "../transfer/summary.js";
import { collect, examples, withStoreOptions } from "./flags.js";

interface PutFlags extends OptionFlags, AttributeFlags {
  readonly createOnly?: boolean;
  readonly ifMatch?: string;
}

export function addPut(program: Command, execute: Execute): void {
  const command = program
    .command("put")
    .summary("a local file or stdin to an object")
    .description(
      "Store a local file, or stdin, as one object: whole or not at all. Attributes are those given here and no others.",
    )
    .argument("<path>", "file (a pipe will do), or - for stdin")
    .argument("<uri>", "the object; with a final /, below it under the file's name")
    .option("--content-type <type>", "default: from the key's extension")
    .option("--cache-control <value>")
    .option("--content-disposition <value>")
    .option("--content-encoding <value>")
    .option("--content-language <value>")
    .option("--metadata <name=value>", "user metadata (repeatable)", collect)
    .option("--create-only", "only if nothing is there: else AlreadyExists, and what is there stays")
    .option("--if-match <etag>", "only if the object still has this etag");
  withStoreOptions(command).action((path: string, uri: string, flags: PutFlags) =>
    execute("put", (context) => put(context, path, uri, flags)),
  );
  examples(command, [
    ["stowage put report.pdf s3://bucket/2026/", "to s3://bucket/2026/report.pdf"],
    ["tar cz src | stowage put - s3://bucket/src.tar.gz", "of unknown size, from a pipe"],
    ["stowage put --metadata owner=me --create-only a.bin az://account/c/a.bin", "only if it is new"],
  ]);
}

async function put(context: CommandContext, path: string, argument: string, flags: PutFlags): Promise<void> {
  if (isUri(path)) throw usageError("put reads a local path or stdin: stowage cp copies from a URI");
  if (flags.ifMatch !== undefined && flags.createOnly === true) {
    throw usageError("--if-match and --create-only exclude each other");
  }
  const given = readOptions(flags);
  const attributes = parseAttributes(flags);
  const uri = toUri(argument, context.cwd);
  const name = path === "-" ? "" : basename(resolve(context.cwd, path));
  const source = await openSource(context, path);
  try {
    const to = await objectDestination(context, uri, name, given);
    await makeLocalContainer(context, to.store, given);
    await store(context, source, to, attributes, flags);
  } finally {
    source.body.destroy();
  }
}

interface Source {
  readonly body: Readable;
  /** Bytes, where they are known beforehand. */
  readonly size: number | undefined;
}

async function openSource(context: CommandContext, path: string): Promise<Source> {
  if (path === "-") return { body: context.stdin, size: undefined };
  const full = resolve(context.cwd, path);
  try {
    const facts = await stat(full);
    if (facts.isDirectory()) throw usageError(`${path} is a directory: stowage cp -r copies what is in it`);
    const file = await open(full);
    return { body: file.createReadStream(), size: facts.isFile() ? facts.size : undefined };
  } catch (error) {
    throw asStoreError(error, full);
  }
}

async function store(
  context: CommandContext,
  source: Source,
  to: ObjectDestination,
  attributes: AttributeInput,
  flags: PutFlags,
): Promise<void> {
  const start = performance.now();
  const progress = context.report.startProgress("storing");
  if (source.size !== undefined) progress?.expect({ objects: 1, bytes: source.size });
  const { size } = await to.store.put(to.key, source.body, {
    ...attributes,
    size: source.size,
    signal: context.signal,
    ifNoneMatch: flags.createOnly === true ? "*" : undefined,
    ifMatch: flags.ifMatch,
    onProgress: ({ bytes, objects }) => progress?.update({ bytes, objects }),
  });
  const stored = { ...nothingMoved, objects: 1, bytes: size };
  context.report.summary(formatOutcome("stored", stored, performance.now() - start));
}

/** A local file that cannot be read, in the words of a store. */
function asStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || isStoreError(error)) return error;
  const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
  const denied = error.code === "EACCES" || error.code === "EPERM";
  if (!missing && !denied) return error;
  const message = missing ? `there is no file ${path}` : `${path} may not be read`;
  return new StoreError({ code: missing ? "NotFound" : "PermissionDenied", message, cause: error });
}
