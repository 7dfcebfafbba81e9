import { isStoreError } from "@stowage/core";
import type { GivenOption } from "../arguments/store-options.js";
import type { CommandContext } from "../context.js";
import { nothingMoved } from "./summary.js";
import type { TransferOutcome } from "./summary.js";
import type { AttributesOf } from "./attributes-policy.js";
import type { Side } from "./compare.js";
import { makeLocalContainer } from "./destination.js";

export interface CopyObjectSettings {
  readonly attributesOf: AttributesOf;
  /** `false`: an existing destination is left alone. */
  readonly clobber: boolean;
  readonly destinationOptions: readonly GivenOption[];
}

/**
 * Copies one object, with progress. The source's state is pinned: one that changes on the way is an error, not a mixture. A
 * destination that exists counts as left alone where it must not be replaced.
 */
export async function copyObject(
  context: CommandContext,
  from: Side,
  to: Side,
  settings: CopyObjectSettings,
): Promise<TransferOutcome> {
  const { report, signal } = context;
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
    return { ...nothingMoved, objects: 1, bytes: info.size };
  } catch (error) {
    if (settings.clobber || !isStoreError(error) || error.code !== "AlreadyExists") throw error;
    return { ...nothingMoved, existing: 1 };
  } finally {
    report.stopProgress();
  }
}
