import { StoreError } from "@stowage/core";
import { checkOneOf, DURABILITIES } from "@stowage/store-file/local";
import type { Durability } from "@stowage/store-file/local";

/** What to do where O_DIRECT is not in force. */
export const FALLBACKS = ["buffered", "error"] as const;

export type Fallback = (typeof FALLBACKS)[number];

export interface DirectOptions {
  /**
   * What survives a crash of the machine once a write has resolved. `none`: what the system happened to have written back; a crash
   * of this process alone loses nothing. `file`: the bytes and attributes are on the device. `full`: the name too. Default `none`.
   */
  readonly durability?: Durability | undefined;
  /**
   * Where O_DIRECT is not in force: `buffered` works through the page cache, says so in `capabilities.notes` and warns once;
   * `error` refuses with `Unsupported`. Default `buffered`.
   */
  readonly fallback?: Fallback | undefined;
  /** Read through io_uring where the kernel allows it; `false`: through the engine's threads only. Default true. */
  readonly ioUring?: boolean | undefined;
}

export interface CheckedOptions {
  readonly durability: Durability;
  readonly fallback: Fallback;
  readonly ioUring: boolean;
}

/** Fills in the defaults. Throws `InvalidArgument`. */
export function checkOptions(options: DirectOptions): CheckedOptions {
  const { ioUring = true } = options;
  if (typeof ioUring !== "boolean") {
    throw new StoreError({
      code: "InvalidArgument",
      message: `ioUring is true or false, not ${JSON.stringify(ioUring)}`,
    });
  }
  return {
    durability: checkOneOf("durability", options.durability, DURABILITIES, "none"),
    fallback: checkOneOf("fallback", options.fallback, FALLBACKS, "buffered"),
    ioUring,
  };
}
