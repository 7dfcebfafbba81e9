import {
  CONNECT_TIMEOUT_DEFAULT_MS,
  IDLE_TIMEOUT_DEFAULT_MS,
  MULTIPART_THRESHOLD_DEFAULT,
  PART_SIZE_DEFAULT,
  RANGE_THRESHOLD_DEFAULT,
  RETRIES_DEFAULT,
  RETRIES_MAX,
  TIMEOUT_MAX_MS,
  TRANSFER_CONCURRENCY_DEFAULT,
} from "../constants/index.js";
import { StoreError } from "../errors/index.js";
import { describe } from "./call-arguments.js";
import type { TimeoutOptions, TransferOptions, TransferSettings } from "./settings.js";

export const TRANSFER_DEFAULTS: TransferSettings = Object.freeze({
  partSize: PART_SIZE_DEFAULT,
  concurrency: TRANSFER_CONCURRENCY_DEFAULT,
  multipartThreshold: MULTIPART_THRESHOLD_DEFAULT,
  rangeThreshold: RANGE_THRESHOLD_DEFAULT,
  retries: RETRIES_DEFAULT,
  timeouts: Object.freeze({
    connect: CONNECT_TIMEOUT_DEFAULT_MS,
    idle: IDLE_TIMEOUT_DEFAULT_MS,
    attempt: undefined,
    total: undefined,
  }),
});

/** `base` with what `options` says; throws `InvalidArgument` for what is not a sensible number. */
export function resolveTransfer(
  options: TransferOptions,
  base: TransferSettings = TRANSFER_DEFAULTS,
): TransferSettings {
  return {
    partSize: positive("partSize", options.partSize, base.partSize),
    concurrency: positive("concurrency", options.concurrency, base.concurrency),
    multipartThreshold: positive("multipartThreshold", options.multipartThreshold, base.multipartThreshold),
    rangeThreshold: positive("rangeThreshold", options.rangeThreshold, base.rangeThreshold),
    retries: resolveRetries(options.retries, base.retries),
    timeouts: resolveTimeouts(options.timeouts, base.timeouts),
  };
}

export function resolveRetries(value: number | undefined, base: number): number {
  if (value === undefined) return base;
  if (!Number.isSafeInteger(value) || value < 0 || value > RETRIES_MAX) {
    throw invalid(`retries is a whole number from 0 to ${RETRIES_MAX}, not ${describe(value)}`);
  }
  return value;
}

export function resolveTimeouts(
  options: TimeoutOptions | undefined,
  base: TransferSettings["timeouts"],
): TransferSettings["timeouts"] {
  if (options === undefined) return base;
  if (typeof options !== "object" || options === null) throw invalid("timeouts is an object of milliseconds");
  const unknown = Object.keys(options).find((name) => !(name in base));
  if (unknown !== undefined)
    throw invalid(`unknown timeout ${JSON.stringify(unknown)}; known: ${Object.keys(base).join(", ")}`);
  const one = (name: keyof TimeoutOptions): number | undefined => {
    const value = options[name];
    if (value === undefined) return base[name];
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw invalid(`timeouts.${name} is a number of milliseconds (0: no limit), not ${describe(value)}`);
    }
    // Node takes a longer one for no time at all.
    return value === 0 ? undefined : Math.min(value, TIMEOUT_MAX_MS);
  };
  return { connect: one("connect"), idle: one("idle"), attempt: one("attempt"), total: one("total") };
}

/** `value` if it is a positive whole number, `fallback` if it is undefined; else `InvalidArgument`. */
export function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw invalid(`${name} is a positive whole number, not ${describe(value)}`);
  }
  return value;
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
