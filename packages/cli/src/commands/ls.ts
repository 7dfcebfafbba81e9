import type { ContainerInfo, ListEntry, ObjectEntry } from "@stowage/core";
import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import type { FilterFlags, KeyFilter } from "../arguments/filter.js";
import { readOptions } from "../arguments/store-options.js";
import type { GivenOption, OptionFlags } from "../arguments/store-options.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { formatDate, formatSize, printable } from "../output/format.js";
import { LineWriter } from "../output/lines.js";
import { containersOf, isAboveContainers } from "../stores/containers.js";
import { assertSomethingThere, openTarget } from "../stores/open-target.js";
import type { Target } from "../stores/open-target.js";
import { examples, withFilter, withStoreOptions } from "./flags.js";

interface LsFlags extends OptionFlags, FilterFlags {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly humanReadable?: boolean;
  readonly json?: boolean;
  readonly null?: boolean;
  readonly unordered?: boolean;
}

export function addLs(program: Command, execute: Execute): void {
  const command = program
    .command("ls")
    .summary("list objects")
    .description(
      "List what is below a URI or path, or the object itself; of s3:// or az://account the containers. The default is the current directory.",
    )
    .argument("[uri...]", "containers, prefixes, objects or plain paths")
    .helpOption("--help", "display help for command")
    .option("-l, --long", "size, time of the last change (UTC) and key")
    .option("-r, --recursive", "everything below, not one level")
    .option("-h, --human-readable", "sizes like 1.2 MiB (with --long)")
    .option("--json", "one JSON object a line: uri, key, size, lastModified, etag; in UTF-8 byte order of key")
    .option("-0, --null", "keys exactly, each ended by NUL instead of a line feed: for xargs -0")
    .option("--unordered", "with --json: as the store gives them, where sorting takes too much memory");
  withStoreOptions(withFilter(command)).action((uris: string[], flags: LsFlags) =>
    execute("ls", (context) => ls(context, uris, flags)),
  );
  examples(command, [
    ["stowage ls -lh s3://bucket/logs/", "one level, sizes for people"],
    ["stowage ls -r --include '*.json' data/", "every JSON file of a local tree"],
    ["stowage ls -r --json az://account/container/", "for jq and scripts"],
  ]);
}

async function ls(context: CommandContext, uris: readonly string[], flags: LsFlags): Promise<void> {
  if (flags.json === true && flags.null === true) throw usageError("--json and --null exclude each other");
  const given = readOptions(flags);
  const lines = flags.null === true ? new LineWriter(context.stdout, "\0") : context.lines;
  const targets = uris.length === 0 ? ["."] : uris;
  const show = { flags, filter: parseFilter(flags), lines };
  for (const [index, uri] of targets.entries()) {
    try {
      const target = (await isAboveContainers(uri)) ? undefined : await openTarget(context, uri, given);
      if (targets.length > 1 && flags.json !== true && flags.null !== true) {
        await lines.write(`${index > 0 ? "\n" : ""}${printable(uri)}:`);
      }
      if (target === undefined) await showContainers(context, uri, given, show);
      else await listTarget(context, target, show);
    } catch (error) {
      if (context.signal.aborted || targets.length === 1) throw error;
      context.report.objectFailure(error, uri);
    }
  }
  await lines.flush();
}

interface Show {
  readonly flags: LsFlags;
  readonly filter: KeyFilter | undefined;
  readonly lines: LineWriter;
}

async function showContainers(
  context: CommandContext,
  uri: string,
  given: readonly GivenOption[],
  { flags, filter, lines }: Show,
): Promise<void> {
  if (flags.recursive === true) throw usageError(`-r lists what is in one container: give one of those in ${uri}`);
  for await (const container of containersOf(context, uri, given)) {
    if (filter === undefined || filter(container.name)) await lines.write(formatContainer(container, flags));
  }
}

function formatContainer({ name, uri, created }: ContainerInfo, flags: LsFlags): string {
  if (flags.json === true) return JSON.stringify({ uri, container: name, created: created?.toISOString() ?? null });
  if (flags.null === true) return name;
  if (flags.long !== true) return printable(`${name}/`);
  return `${"-".padStart(flags.humanReadable === true ? 10 : 14)}  ${formatDate(created)}  ${printable(`${name}/`)}`;
}

async function listTarget(context: CommandContext, target: Target, show: Show): Promise<void> {
  if (target.kind === "object") {
    const { etag, lastModified, size } = target.info;
    await show.lines.write(
      formatEntry(target, { kind: "object", key: target.name, size, etag, lastModified }, show.flags),
    );
    return;
  }
  const { flags, filter, lines } = show;
  const sorted = flags.json === true && flags.unordered !== true && target.store.capabilities.listOrder !== "utf8";
  let entries = 0;
  const listing = target.store.list({
    signal: context.signal,
    delimiter: flags.recursive === true ? undefined : "/",
    order: sorted ? "utf8" : undefined,
  });
  for await (const entry of listing) {
    entries++;
    const name = entry.kind === "object" ? entry.key : entry.prefix.slice(0, -1);
    if (filter !== undefined && !filter(name)) continue;
    const wait = lines.write(formatEntry(target, entry, flags));
    if (wait !== undefined) await wait;
  }
  assertSomethingThere(target, entries);
}

function formatEntry(target: Target, entry: ListEntry, flags: LsFlags): string {
  if (flags.json === true) return JSON.stringify(jsonEntry(target, entry));
  const name = entry.kind === "object" ? entry.key : entry.prefix;
  if (flags.null === true) return name;
  if (flags.long !== true) return printable(name);
  const human = flags.humanReadable === true;
  const size = entry.kind === "object" ? formatSize(entry.size, human) : "-";
  const date = formatDate(entry.kind === "object" ? entry.lastModified : undefined);
  return `${size.padStart(human ? 10 : 14)}  ${date}  ${printable(name)}`;
}

function jsonEntry(target: Target, entry: ListEntry): Record<string, unknown> {
  if (entry.kind === "prefix") return { uri: uriOf(target, entry.prefix), prefix: entry.prefix };
  const { key, size, lastModified, etag }: ObjectEntry = entry;
  return { uri: uriOf(target, key), key, size, lastModified: lastModified?.toISOString() ?? null, etag };
}

function uriOf(target: Target, key: string): string {
  return target.kind === "object" ? target.store.uriOf(target.key) : target.store.uriOf(key);
}
