import { copyObject } from "../operations/copy.js";
import { defaultRegistry } from "../registry/default-registry.js";
import { named } from "../registry/named-errors.js";
import { checkRegistry } from "../registry/registry.js";
import type { Registry } from "../registry/registry.js";
import type { OptionsOf } from "../registry/scheme-options.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import { contextOf } from "../store/object-store.js";
import type { ObjectStore } from "../store/object-store.js";
import type { StoreContext } from "../store/context.js";
import { StoreError } from "../errors/index.js";
import type { CopyOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";

export interface CopyUriOptions<From extends string = string, To extends string = string> extends CopyOptions {
  /** Options of the source's store. */
  readonly from?: OptionsOf<From> | undefined;
  /** Options of the destination's store. */
  readonly to?: OptionsOf<To> | undefined;
  readonly registry?: Registry | undefined;
}

/**
 * Copies one object between any two stores, attributes included: by the service where both ends are of one that can, else
 * through this process. A destination that ends in `/` gets the source's last key segment added.
 */
export async function copy<const From extends string, const To extends string>(
  from: From | URL,
  to: To | URL,
  given?: CopyUriOptions<From, To>,
): Promise<PutResult> {
  const {
    from: fromOptions,
    to: toOptions,
    registry = defaultRegistry,
    ...options
  } = await named("copy", to, async () => {
    const checked = checkOptions("copyUri", given);
    checkRegistry(checked.registry);
    return checked;
  });
  // A call that was aborted before it began opens nothing.
  if (options.signal instanceof AbortSignal) options.signal.throwIfAborted();
  const source = await registry.borrowObject("copy", from, fromOptions);
  try {
    const destination = await named("copy", to, async () => withName(to, source.key));
    const target = await registry.borrowObject("copy", destination, toOptions);
    try {
      return await copyObject(
        openContext(target.store),
        { context: openContext(source.store), key: source.key },
        target.key,
        options,
      );
    } finally {
      await target.store.close();
    }
  } finally {
    await source.store.close();
  }
}

function withName(to: unknown, key: string): string | URL {
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (typeof to === "string") return to.endsWith("/") ? to + name : to;
  if (to instanceof URL) return to.pathname.endsWith("/") ? new URL(encodeURIComponent(name), to) : to;
  throw new StoreError({ code: "InvalidUri", message: `a URI is a string or a URL, not ${describe(to)}` });
}

/** The inside of a store that this copy of core has opened. */
export function openContext(store: ObjectStore): StoreContext {
  const context = typeof store === "object" && store !== null ? contextOf.get(store) : undefined;
  if (context !== undefined) return context;
  throw new StoreError({ code: "InvalidArgument", message: "this is no ObjectStore of this copy of @stowage/core" });
}
