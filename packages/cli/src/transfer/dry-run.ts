import type { ObjectStore } from "@stowage/core";
import type { KeyFilter } from "../arguments/filter.js";
import type { CommandContext } from "../context.js";
import { printable } from "../output/format.js";
import { nothingMoved } from "./summary.js";
import type { TransferOutcome } from "./summary.js";

/** One line an object: what would go where. Touches nothing; with `clobber: false` asks what is there already. */
export async function listTransfer(
  context: CommandContext,
  verb: string,
  from: ObjectStore,
  to: ObjectStore,
  filter: KeyFilter | undefined,
  clobber: boolean,
): Promise<TransferOutcome> {
  const { signal, lines } = context;
  const counts = { objects: 0, bytes: 0, existing: 0 };
  for await (const { key, size } of from.list({ signal })) {
    if (filter !== undefined && !filter(key)) continue;
    if (!clobber && (await to.exists(key, { signal }))) {
      counts.existing++;
      continue;
    }
    counts.objects++;
    counts.bytes += size;
    await lines.write(`would ${verb} ${printable(from.uriOf(key))} to ${printable(to.uriOf(key))}`);
  }
  await lines.flush();
  return { ...nothingMoved, ...counts };
}
