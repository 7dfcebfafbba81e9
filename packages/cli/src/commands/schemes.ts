import { defaultRegistry, isStoreError, knownSchemes } from "@stowage/core";
import type { Capabilities, KnownScheme, StorePlugin } from "@stowage/core";
import type { Command } from "commander";
import { asDirectory, toUri } from "../arguments/location.js";
import { readOptions } from "../arguments/store-options.js";
import type { GivenOption, OptionFlags } from "../arguments/store-options.js";
import type { CommandContext, Execute } from "../context.js";
import { describeError } from "../output/errors.js";
import { printable } from "../output/format.js";
import { formatScheme } from "../output/scheme-text.js";
import { declaredBy } from "../stores/stores.js";
import { examples, withStoreOptions } from "./flags.js";

interface SchemesFlags extends OptionFlags {
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** What is known of one scheme. */
export interface SchemeFacts {
  readonly scheme: string;
  readonly package: string;
  readonly installed: boolean;
  readonly version?: string;
  /** The store that the capabilities are those of. */
  readonly uri?: string;
  readonly capabilities?: Capabilities;
  /** Why there are none. */
  readonly problem?: string;
  readonly options?: ReturnType<typeof declaredBy>;
}

export function addSchemes(program: Command, execute: Execute): void {
  const command = program
    .command("schemes")
    .summary("stores that are installed, and what each can do")
    .description(
      "List the known schemes: package, version, capabilities. With URIs: the capabilities, limits and notes of these stores, opened with the options given.",
    )
    .argument("[uri...]", "stores to ask; without, every known scheme")
    .option("--verbose", "every capability, limit, note and option")
    .option("--json", "one JSON object a line");
  withStoreOptions(command).action((uris: string[], flags: SchemesFlags) =>
    execute("schemes", (context) => schemes(context, uris, flags)),
  );
  examples(command, [
    ["stowage schemes", "what is installed"],
    ["stowage schemes --verbose direct:///mnt/nvme", "is O_DIRECT in force there, and why"],
    ["stowage schemes --json", "for scripts"],
  ]);
}

async function schemes(context: CommandContext, uris: readonly string[], flags: SchemesFlags): Promise<void> {
  const given = readOptions(flags);
  const found =
    uris.length === 0
      ? knownSchemes().map((known) => factsOfScheme(context, known))
      : uris.map((uri) => factsOfStore(context, asDirectory(toUri(uri, context.cwd)), given));
  for (const [index, facts] of (await Promise.all(found)).entries()) {
    if (flags.json === true) {
      await context.lines.write(JSON.stringify(facts));
      continue;
    }
    if (index > 0 && flags.verbose === true) await context.lines.write("");
    const detailed = flags.verbose === true || uris.length > 0;
    for (const line of formatScheme(facts, detailed)) await context.lines.write(printable(line));
  }
}

async function factsOfStore(context: CommandContext, uri: string, given: readonly GivenOption[]): Promise<SchemeFacts> {
  const store = await context.stores.openStore(uri, given);
  const plugin = await defaultRegistry.pluginOf(uri);
  return { ...factsOfPlugin(store.scheme, plugin), uri: store.uri, capabilities: store.capabilities };
}

async function factsOfScheme(context: CommandContext, known: KnownScheme): Promise<SchemeFacts> {
  const { scheme } = known;
  let plugin: StorePlugin;
  try {
    plugin = known.plugin ?? (await defaultRegistry.pluginOf(`${scheme}://`));
  } catch (error) {
    const missing = isStoreError(error) && error.code === "PluginMissing";
    const problem = missing ? `npm install ${known.package}` : describeError(error);
    return { scheme, package: known.package, installed: !missing, problem };
  }
  const facts = factsOfPlugin(scheme, plugin);
  try {
    const store = await context.stores.openStore(sampleUri(scheme, plugin, context.cwd), []);
    return { ...facts, uri: store.uri, capabilities: store.capabilities };
  } catch (error) {
    // Some stores must know an account or a credential first.
    return { ...facts, problem: `give a URI to see its capabilities (${describeError(error)})` };
  }
}

function factsOfPlugin(scheme: string, plugin: StorePlugin): SchemeFacts {
  return { scheme, package: plugin.name, installed: true, version: plugin.version, options: declaredBy(plugin) };
}

/** Some URI that the plugin takes for a store: capabilities are those of a store, and opening one does no I/O. */
function sampleUri(scheme: string, plugin: StorePlugin, cwd: string): string {
  const candidates = [toUri(`${cwd}/`, cwd).replace("file", scheme), `${scheme}://account/example/`];
  const fits = (uri: string): boolean => {
    try {
      plugin.parse(uri, "store");
      return true;
    } catch {
      return false;
    }
  };
  return candidates.find(fits) ?? `${scheme}://`;
}
