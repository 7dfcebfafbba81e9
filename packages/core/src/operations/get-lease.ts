import type { Bytes } from "../driver/types.js";
import type { StoreDriver } from "../driver/driver.js";
import { checkOptions } from "../store/call-arguments.js";
import { requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { GetOptions } from "../store/options.js";
import type { GetResult, Lease } from "../store/results.js";
import { getWithin } from "./get.js";
import { inScope } from "./scope.js";
import { keyName } from "./stat.js";

/** As `get`, for a limited time: the memory of the bytes goes back when the lease is released, not when it is garbage. */
export async function getLease(context: StoreContext, key: string, given: GetOptions | undefined): Promise<Lease> {
  return inScope(context, "getLease", keyName(key), given ?? {}, false, async (scope) => {
    requireFeature(context, "lease", "leased memory");
    return new LeasedResult(await getWithin(scope, key, checkOptions("get", given)), context.driver);
  });
}

class LeasedResult implements Lease {
  readonly info: Lease["info"];
  readonly range: Lease["range"];
  readonly #driver: StoreDriver;
  #bytes: Bytes;
  #released = false;

  constructor({ bytes, info, range }: GetResult, driver: StoreDriver) {
    this.#bytes = bytes;
    this.info = info;
    this.range = range;
    this.#driver = driver;
  }

  get bytes(): Bytes {
    return this.#bytes;
  }

  text(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#bytes);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    const bytes = this.#bytes;
    this.#bytes = new Uint8Array(0);
    if (this.#driver.releaseBytes === undefined) detach(bytes);
    else this.#driver.releaseBytes(bytes);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** The memory is gone for whoever still holds the array: on every backend alike, so that a mistake shows on each. */
function detach({ buffer }: Bytes): void {
  try {
    structuredClone(buffer, { transfer: [buffer] });
  } catch {
    // Memory that a driver brought and that cannot be detached stays what it is until it is garbage.
  }
}
