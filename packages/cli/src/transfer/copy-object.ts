import { isStoreError } from "@stowage/core";
import type { GivenOption } from "../arguments/store-options.js";
import type { CommandContext } from "../context.js";
import { formatOutcome, nothingMoved } from "./summary.js";
import type { AttributesOf } from "./attributes-policy.js";
import type { Side } from "./compare.js";
import { makeLocalContainer } from "./destination.js";

export interface CopyObjectSettings {
  /** Past tense, for the summary: `copied`. */
  readonly verb: string;
  readonly attributesOf: AttributesOf;
  /** `false`: an existing destination is left alone. */
  readonly clobber: boolean;
  readonly destinationOptions: readonly GivenOption[];
}

/**
 * Copies one object, with progress and a summary line, and gives its size. The source's state is pinned: one that changes on
 * the way is an error, not a mixture. `undefined`: the destination exists and was left alone.
 */
export async function copyObject(
  context: CommandContext,
  from: Side,
  to: Side,
  settings: CopyObjectSettings,
): Promise<number | undefined> {
  const { report, signal } = context;
  const start = performance.now();
  const info = await from.store.stat(from.key, { signal });
  await makeLocalContainer(context, to.store, settings.destinationOptions);
  const progress = report.startProgress("copying");
  progress?.expect({ objects: 1, bytes: info.size });
  try {
    await to.store.copyFrom(from.store, from.key, to.key, {
      signal,
      attributes: settings.attributesOf(info, to.key),
      sourceIfMatch: info.etag,
      ifNoneMatch: settings.clobber ? undefined : "*",
      onProgress: ({ bytes, objects }) => progress?.update({ bytes, objects }),
    });
  } catch (error) {
    if (settings.clobber || !isStoreError(error) || error.code !== "AlreadyExists") throw error;
    report.summary(formatOutcome(settings.verb, { ...nothingMoved, existing: 1 }, performance.now() - start));
    return undefined;
  }
  const moved = { ...nothingMoved, objects: 1, bytes: info.size };
  report.summary(formatOutcome(settings.verb, moved, performance.now() - start));
  return info.size;
}
