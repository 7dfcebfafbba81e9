import type { ByteRange, ObjectStore } from "@stowage/core";
import type { CommandContext } from "../context.js";
import { writeTo } from "../output/lines.js";

/** Writes an object, or a range of it, to stdout at the reader's pace. Gives the bytes written. */
export async function streamTo(
  context: Pick<CommandContext, "stdout" | "signal">,
  store: ObjectStore,
  key: string,
  range?: ByteRange,
): Promise<number> {
  await using result = await store.getStream(key, { range, signal: context.signal });
  let bytes = 0;
  for await (const chunk of result.stream) {
    context.signal.throwIfAborted();
    bytes += chunk.byteLength;
    await writeTo(context.stdout, chunk);
  }
  return bytes;
}
