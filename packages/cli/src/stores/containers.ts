import { listContainers, parseUri } from "@stowage/core";
import type { ContainerInfo } from "@stowage/core";
import { asDirectory, isUri, localPathOf } from "../arguments/location.js";
import type { GivenOption } from "../arguments/store-options.js";
import type { CommandContext } from "../context.js";

/**
 * Does the URI name what containers are in, like `s3://` or `az://account`? One name more then names a container, not a prefix in
 * one. Directories of this machine are containers at every level.
 */
export async function isAboveContainers(argument: string): Promise<boolean> {
  if (!isUri(argument) || /^https?:/i.test(argument) || localPathOf(argument) !== undefined) return false;
  // What is wrong with a URI is told better by what opens it as it is.
  const [own, below] = await Promise.all(
    [argument, `${asDirectory(argument)}container/`].map((uri) => parseUri(uri, "store").catch(() => undefined)),
  );
  return below?.key === "" && below.container !== own?.container && below.plugin.containers?.list !== undefined;
}

/** The containers that the credentials see, lazily. */
export async function* containersOf(
  context: CommandContext,
  uri: string,
  given: readonly GivenOption[],
): AsyncGenerator<ContainerInfo> {
  yield* listContainers(uri, await context.stores.optionsOf(uri, given), { signal: context.signal });
}
