import { formatUri, parseUri } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { asDirectory, localPathOf } from "../arguments/location.js";
import { sameOptions } from "../stores/stores.js";
import type { GivenSides } from "../stores/stores.js";
import type { CommandContext } from "../context.js";

/** One store that holds both ends of a move, so that objects can be renamed instead of copied and removed. */
export interface RenameScope {
  readonly store: ObjectStore;
  /** The two URIs as keys, or prefixes, of that store. */
  readonly from: string;
  readonly to: string;
}

/**
 * The container that two URIs share, with equal options; of two local ones of the same scheme, the nearest directory above both.
 * `undefined` where there is none, or where its store renames by copying anyway.
 */
export async function renameScope(
  context: CommandContext,
  from: string,
  to: string,
  given: GivenSides,
): Promise<RenameScope | undefined> {
  if (!sameOptions(given)) return undefined;
  const as = from.endsWith("/") ? "store" : "object";
  const [source, destination] = [await parseUri(from, as), await parseUri(to, as)];
  if (source.plugin !== destination.plugin) return undefined;
  const local = localPathOf(from) !== undefined;
  const ends = local
    ? withinSharedDirectory(join(source), join(destination))
    : { container: source.container, from: source.key, to: destination.key };
  if (!local && source.container !== destination.container) return undefined;
  const uri = formatUri({ plugin: source.plugin, container: ends.container, key: "" });
  const store = await context.stores.openStore(asDirectory(uri), given.source);
  if (store.capabilities.rename !== "native") return undefined;
  return { store, from: ends.from, to: ends.to };
}

function join({ container, key }: { readonly container: string; readonly key: string }): string {
  return key === "" ? asDirectory(container) : asDirectory(container) + key;
}

/** Two absolute paths relative to the deepest directory that both are below. */
function withinSharedDirectory(a: string, b: string): { container: string; from: string; to: string } {
  let shared = 0;
  for (let at = 0; at < Math.min(a.length, b.length) && a[at] === b[at]; at++) if (a[at] === "/") shared = at;
  return { container: shared === 0 ? "/" : a.slice(0, shared), from: a.slice(shared + 1), to: b.slice(shared + 1) };
}
