import { isStoreError, LOCAL_LIST_PROBLEMS_MAX, StoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import { printableBytes } from "./byte-order.js";

export interface Problem {
  /** Byte string. */
  readonly keyBytes: string;
  readonly code: StoreErrorCode;
  readonly reason: string;
}

/** Problems as a token carries them: the first few, and how many there were. */
export interface ProblemSummary {
  readonly first: readonly Problem[];
  readonly count: number;
}

/**
 * What a listing met and cannot give as an entry. The listing goes on and gives everything else; then it fails, naming these, so
 * that nothing is dropped in silence and one odd name does not hide a million good ones.
 */
export class Problems {
  readonly #found: Problem[] = [];
  readonly #earlier: ProblemSummary;
  readonly #concerns: (keyBytes: string) => boolean;

  /** `concerns`: is the key one that this listing would give? `earlier`: from the token it goes on from. */
  constructor(concerns: (keyBytes: string) => boolean, earlier: ProblemSummary = { first: [], count: 0 }) {
    this.#concerns = concerns;
    this.#earlier = earlier;
  }

  get count(): number {
    return this.#earlier.count + this.#found.length;
  }

  add(keyBytes: string, code: StoreErrorCode, reason: string): void {
    if (this.#concerns(keyBytes) && this.#found.length < LOCAL_LIST_PROBLEMS_MAX)
      this.#found.push({ keyBytes, code, reason });
  }

  /** A directory that could not be read; one that has vanished is no problem. */
  addError(keyBytes: string, error: unknown): void {
    if (!isStoreError(error) || error.code === "ContainerNotFound") throw error;
    if (error.code !== "NotFound") this.add(keyBytes, error.code, error.detail);
  }

  /** Those met up to a position: directories are read whole, so later ones may be known already and will be met again. */
  upTo(keyBytes: string): ProblemSummary {
    const found = this.#found.filter((problem) => problem.keyBytes <= keyBytes);
    return {
      first: [...this.#earlier.first, ...found].slice(0, PROBLEMS_NAMED),
      count: this.#earlier.count + found.length,
    };
  }

  toError(): StoreError {
    const { first, count } = this.upTo("\uffff");
    const shown = first.map(({ keyBytes, reason }) => `${printableBytes(keyBytes)}: ${reason}`).join("; ");
    const more = count > first.length ? `; and ${count - first.length} more` : "";
    const what = count === 1 ? "one entry" : `${count} entries`;
    return new StoreError({
      code: first[0]?.code ?? "Internal",
      message: `everything else is listed, but ${what} of the directory tree cannot be: ${shown}${more}`,
    });
  }
}

/** Named in the error; the rest are counted. */
const PROBLEMS_NAMED = 8;
