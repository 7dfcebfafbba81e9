import type { Readable, Writable } from "node:stream";
import type { LineWriter } from "./output/lines.js";
import type { Reporter } from "./output/reporter.js";
import type { Stores } from "./stores/stores.js";

/** What a verb works with. Data goes to `stdout`; everything said about it goes through `report`. */
export interface CommandContext {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Directory that plain paths are relative to. */
  readonly cwd: string;
  /** Aborted by Ctrl-C, by the end of the reader of stdout, or by the caller. */
  readonly signal: AbortSignal;
  readonly report: Reporter;
  /** Lines to stdout; flushed when the verb is done. */
  readonly lines: LineWriter;
  readonly stores: Stores;
}

/** Runs one verb: sets up its context, prints what it throws, keeps the exit status. */
export type Execute = (verb: string, work: (context: CommandContext) => Promise<void>) => Promise<void>;
