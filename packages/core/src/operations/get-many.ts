import { BULK_CONCURRENCY_DEFAULT } from "../constants/transfer.js";
import type { Bytes } from "../driver/types.js";
import { isStoreError, StoreError } from "../errors/index.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { GetManyOptions } from "../store/options.js";
import type { GetResult, KeyOutcome } from "../store/results.js";
import { runLanes } from "../transfer/lanes.js";
import { getWithin, ReadResult } from "./get.js";
import { completeError, inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName } from "./stat.js";

/**
 * Many small objects at once; one outcome a key, in input order, failures included. With an `arena` the bytes of objects that fit
 * are views into it: no fresh memory, and the caller decides when it is used again.
 */
export async function getMany(
  context: StoreContext,
  keys: readonly string[],
  given: GetManyOptions | undefined,
): Promise<KeyOutcome<GetResult>[]> {
  return inScope(context, "getMany", undefined, given ?? {}, false, async (scope) => {
    const options = checkOptions("getMany", given);
    if (!Array.isArray(keys)) {
      throw new StoreError({ code: "InvalidArgument", message: `keys is an array, not ${describe(keys)}` });
    }
    const { arena } = options;
    if (arena !== undefined && !(arena instanceof Uint8Array)) {
      throw new StoreError({ code: "InvalidArgument", message: `arena is a Uint8Array, not ${describe(arena)}` });
    }
    const concurrency = positive("concurrency", options.concurrency, BULK_CONCURRENCY_DEFAULT);
    const outcomes: KeyOutcome<GetResult>[] = [];
    const allocate = arena === undefined ? undefined : arenaAllocator(arena);
    const read = async (scope: Scope, key: string): Promise<GetResult> => {
      const result = await getWithin(scope, key, {}, allocate && reused(allocate));
      return arena === undefined || allocate === undefined ? result : placed(result, arena, allocate);
    };
    await runLanes(keys.entries(), concurrency, scope.signal, async ([index, key], signal) => {
      outcomes[index] = await outcomeOf({ ...scope, signal, key: keyName(key) }, key, read);
    });
    return outcomes;
  });
}

async function outcomeOf(
  scope: Scope,
  key: string,
  read: (scope: Scope, key: string) => Promise<GetResult>,
): Promise<KeyOutcome<GetResult>> {
  try {
    return { key, ok: true, value: await read(scope, key) };
  } catch (error) {
    if (scope.signal?.aborted === true) throw error;
    const known = isStoreError(error) ? error : completeError(scope.context, scope.operation, key, false, error);
    return { key, ok: false, error: completeError(scope.context, scope.operation, keyName(key), false, known) };
  }
}

/** Memory from the arena, piece after piece, for as long as it fits; fresh memory after that. */
function arenaAllocator(arena: Bytes): (byteLength: number) => Bytes {
  let used = 0;
  return (byteLength) => {
    if (used + byteLength > arena.byteLength) return new Uint8Array(byteLength);
    const piece = arena.subarray(used, used + byteLength);
    used += byteLength;
    return piece;
  };
}

/** A retry of one read gets the piece that its first attempt got. */
function reused(allocate: (byteLength: number) => Bytes): (byteLength: number) => Bytes {
  let piece: Bytes | undefined;
  return (byteLength) => {
    if (piece?.byteLength !== byteLength) piece = allocate(byteLength);
    return piece;
  };
}

/** The result with its bytes in memory from `allocate`, also where the driver brought its own. */
function placed(result: GetResult, arena: Bytes, allocate: (byteLength: number) => Bytes): GetResult {
  if (result.bytes.buffer === arena.buffer) return result;
  const bytes = allocate(result.bytes.byteLength);
  if (bytes.buffer !== arena.buffer) return result;
  bytes.set(result.bytes);
  return new ReadResult(bytes, result.info, result.range);
}
