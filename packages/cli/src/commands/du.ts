import type { StoreError } from "@stowage/core";
import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import type { FilterFlags, KeyFilter } from "../arguments/filter.js";
import { parseCount } from "../arguments/size.js";
import { readOptions } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import type { CommandContext, Execute } from "../context.js";
import { formatSize, printable } from "../output/format.js";
import { assertSomethingThere, openTarget } from "../stores/open-target.js";
import type { Target } from "../stores/open-target.js";
import { untilFailure } from "../transfer/until-failure.js";
import { examples, withFilter, withStoreOptions } from "./flags.js";

interface DuFlags extends OptionFlags, FilterFlags {
  readonly depth?: string;
  readonly humanReadable?: boolean;
  readonly json?: boolean;
}

interface Usage {
  bytes: number;
  objects: number;
}

export function addDu(program: Command, execute: Execute): void {
  const command = program
    .command("du")
    .summary("bytes and objects below a URI")
    .description(
      "Sum up the sizes of the objects below each URI or path: bytes, objects, URI. The bytes are those of the objects.",
    )
    .argument("[uri...]", "containers, prefixes, objects or plain paths; the default is the current directory")
    .helpOption("--help", "display help for command")
    .option("-d, --depth <levels>", "also for each prefix down to so many levels", "0")
    .option("-h, --human-readable", "sizes like 1.2 MiB")
    .option("--json", "one JSON object a line: uri, bytes, objects");
  withStoreOptions(withFilter(command)).action((uris: string[], flags: DuFlags) =>
    execute("du", (context) => du(context, uris, flags)),
  );
  examples(command, [
    ["stowage du -h s3://bucket/", "how much there is"],
    ["stowage du -h -d 1 s3://bucket/logs/", "by first level"],
    ["stowage du --include '*.parquet' az://account/c/", "of one kind"],
  ]);
}

async function du(context: CommandContext, uris: readonly string[], flags: DuFlags): Promise<void> {
  const given = readOptions(flags);
  const filter = parseFilter(flags);
  const depth = parseCount(flags.depth ?? "0", "--depth");
  const targets = uris.length === 0 ? ["."] : uris;
  for (const argument of targets) {
    try {
      const target = await openTarget(context, argument, given);
      const { usages, failure } = await usageOf(context, target, filter, depth);
      for (const [uri, usage] of usages) await context.lines.write(formatUsage(uri, usage, flags));
      if (failure !== undefined) throw failure;
    } catch (error) {
      if (context.signal.aborted || targets.length === 1) throw error;
      context.report.objectFailure(error, argument);
    }
  }
}

interface Summed {
  readonly usages: Map<string, Usage>;
  /** What could not be listed, where the rest was. */
  readonly failure: StoreError | undefined;
}

/** By prefix, deepest detail first, the total last. Memory: one entry for each prefix down to `depth`. */
async function usageOf(
  context: CommandContext,
  target: Target,
  filter: KeyFilter | undefined,
  depth: number,
): Promise<Summed> {
  if (target.kind === "object") {
    return { usages: new Map([[target.uri, { bytes: target.info.size, objects: 1 }]]), failure: undefined };
  }
  const { store } = target;
  const total: Usage = { bytes: 0, objects: 0 };
  const byPrefix = new Map<string, Usage>();
  let entries = 0;
  let failure: StoreError | undefined;
  const onFailure = (error: StoreError): void => void (failure = error);
  for await (const entry of untilFailure(store.list({ signal: context.signal }), context.signal, onFailure)) {
    entries++;
    if (entry.kind !== "object" || (filter !== undefined && !filter(entry.key))) continue;
    add(total, entry.size);
    for (const prefix of prefixesOf(entry.key, depth)) {
      const usage = byPrefix.get(prefix) ?? { bytes: 0, objects: 0 };
      byPrefix.set(prefix, usage);
      add(usage, entry.size);
    }
  }
  if (failure !== undefined && entries === 0) throw failure;
  assertSomethingThere(target, entries);
  const named = [...byPrefix].map(([prefix, usage]) => [store.uriOf(prefix), usage] as const);
  return { usages: new Map([...named, [store.uri, total]]), failure };
}

function add(usage: Usage, bytes: number): void {
  usage.bytes += bytes;
  usage.objects++;
}

function prefixesOf(key: string, depth: number): string[] {
  const prefixes: string[] = [];
  for (let level = 0, slash = key.indexOf("/"); level < depth && slash !== -1; level++) {
    prefixes.push(key.slice(0, slash + 1));
    slash = key.indexOf("/", slash + 1);
  }
  return prefixes;
}

function formatUsage(uri: string, usage: Usage, flags: DuFlags): string {
  if (flags.json === true) return JSON.stringify({ uri, ...usage });
  return `${formatSize(usage.bytes, flags.humanReadable === true)}\t${usage.objects}\t${printable(uri)}`;
}
