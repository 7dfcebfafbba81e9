import type { ContainerCall, ContainerInfo } from "../driver/plugin.js";
import { StoreError } from "../errors/index.js";
import { checkOptions } from "../store/call-arguments.js";
import { resolveTimeouts, resolveTransfer } from "../store/defaults.js";
import type { CallOptions } from "../store/settings.js";
import { defaultRegistry } from "./default-registry.js";
import { splitOptions } from "./options.js";
import type { ParsedUri, Registry } from "./registry.js";
import type { OptionsOf } from "./scheme-options.js";

export interface ContainerOptions extends Pick<CallOptions, "signal" | "timeouts"> {
  /** Isolated registry to look the scheme up in. */
  readonly registry?: Registry | undefined;
}

export interface DeleteContainerOptions extends ContainerOptions {
  /** Delete its objects too. Needed on Azure, which cannot tell whether a container is empty. */
  readonly force?: boolean | undefined;
}

/** Creates a bucket, a container, a directory. One's own existing one resolves with `created: false`. */
export async function createContainer<const Uri extends string>(
  uri: Uri | URL,
  storeOptions?: OptionsOf<Uri>,
  options: ContainerOptions = {},
): Promise<{ readonly created: boolean }> {
  return onContainer("createContainer", uri, storeOptions, options, (parsed, own, call) => {
    const create = parsed.plugin.containers?.create;
    if (create === undefined) throw unsupported(parsed, "createContainer");
    return create.call(parsed.plugin.containers, parsed.container, own, call);
  });
}

/** Deletes an empty container; with `force`, its objects too. */
export async function deleteContainer<const Uri extends string>(
  uri: Uri | URL,
  storeOptions?: OptionsOf<Uri>,
  options: DeleteContainerOptions = {},
): Promise<void> {
  await onContainer("deleteContainer", uri, storeOptions, options, (parsed, own, call) => {
    const remove = parsed.plugin.containers?.delete;
    if (remove === undefined) throw unsupported(parsed, "deleteContainer");
    return remove.call(parsed.plugin.containers, parsed.container, own, { ...call, force: options.force === true });
  });
}

/** Containers that the credentials see: `s3://`, `az://account`, a directory's subdirectories. */
export async function* listContainers(
  uri: string,
  storeOptions?: object,
  options: ContainerOptions = {},
): AsyncGenerator<ContainerInfo> {
  const found = await onContainer(
    "listContainers",
    uri,
    storeOptions,
    options,
    async (parsed, own, call) => {
      const list = parsed.plugin.containers?.list;
      if (list === undefined) throw unsupported(parsed, "listContainers");
      return list.call(parsed.plugin.containers, parsed.container, own, call);
    },
    true,
  );
  yield* found;
}

async function onContainer<Value>(
  operation: string,
  uri: string | URL,
  storeOptions: object | undefined,
  options: ContainerOptions,
  act: (parsed: ParsedUri, own: object, call: ContainerCall) => Promise<Value>,
  parentOnly = false,
): Promise<Value> {
  const {
    registry = defaultRegistry,
    signal,
    timeouts,
  } = checkOptions(operation === "deleteContainer" ? "deleteContainer" : "container", options);
  if (signal?.aborted === true) throw signal.reason;
  try {
    const parsed = await parseContainer(registry, uri, parentOnly);
    const { common, own } = splitOptions(parsed.plugin, storeOptions);
    const transfer = resolveTransfer(common);
    return await act(parsed, own, {
      signal,
      timeouts: resolveTimeouts(timeouts, transfer.timeouts),
      native: undefined,
      transfer,
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (!(error instanceof StoreError) || error.operation !== undefined) throw error;
    throw error.with({ operation, uri: String(uri) });
  }
}

async function parseContainer(registry: Registry, uri: string | URL, parentOnly: boolean): Promise<ParsedUri> {
  const plugin = await registry.pluginOf(uri);
  const bare = /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/?$/i.test(String(uri));
  if (parentOnly && bare) {
    const container = String(uri)
      .replace(/^[^:]*:\/\//, "")
      .replace(/\/$/, "");
    return { scheme: plugin.schemes[0], plugin, container, key: "" };
  }
  const parsed = plugin.parse(uri, "store");
  if (parsed.key !== "") {
    throw new StoreError({
      code: "InvalidUri",
      message: `${String(uri)} names a prefix in a container, not a container`,
    });
  }
  return { scheme: plugin.schemes[0], plugin, ...parsed };
}

function unsupported(parsed: ParsedUri, capability: string): StoreError {
  return new StoreError({
    code: "Unsupported",
    message: `${parsed.scheme}:// does not support ${capability}`,
    capability,
  });
}
