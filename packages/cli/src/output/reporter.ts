import type { Writable } from "node:stream";
import { describeError, EXIT, exitStatusOf, traceError } from "./errors.js";
import { printable } from "./format.js";
import { ProgressLine } from "./progress.js";

export interface ReporterSettings {
  readonly stream: Writable;
  /** Is the stream a terminal, and progress wanted? */
  readonly progress: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** Everything that goes to stderr: failures, notes, progress, the summary line. Remembers the exit status. */
export class Reporter {
  readonly #settings: ReporterSettings;
  #verb = "";
  #line: ProgressLine | undefined;
  #status: number = EXIT.done;

  constructor(settings: ReporterSettings) {
    this.#settings = settings;
  }

  get status(): number {
    return this.#status;
  }

  /** Messages from here on start with `stowage <verb>:`. */
  begin(verb: string): void {
    this.#verb = ` ${verb}`;
  }

  /** One thing failed: named at once, the rest goes on, and the exit status is not 0 any more. */
  failure(error: unknown, subject?: string): void {
    this.#status = Math.max(this.#status, exitStatusOf(error));
    this.#write(`stowage${this.#verb}: ${describeError(error, subject)}`);
    if (this.#settings.debug) this.#write(traceError(error));
  }

  /** Something was not done, without an error: exit status 1. */
  problem(text: string): void {
    this.#status = Math.max(this.#status, EXIT.failed);
    this.#write(`stowage${this.#verb}: ${printable(text)}`);
  }

  /** One of many objects failed: always status 1, whatever the code. */
  objectFailure(error: unknown, subject: string): void {
    this.problem(describeError(error, subject));
    if (this.#settings.debug) this.#write(traceError(error));
  }

  note(text: string): void {
    if (!this.#settings.quiet) this.#write(printable(text));
  }

  /** A progress line, or `undefined` where nobody would see it. */
  startProgress(label: string): ProgressLine | undefined {
    this.stopProgress();
    if (!this.#settings.progress || this.#settings.quiet) return undefined;
    this.#line = new ProgressLine(this.#settings.stream, label);
    return this.#line;
  }

  stopProgress(): void {
    this.#line?.stop();
    this.#line = undefined;
  }

  /** The one line at the end of a transfer. */
  summary(text: string): void {
    this.stopProgress();
    this.note(text);
  }

  #write(line: string): void {
    if (this.#line === undefined) this.#settings.stream.write(`${line}\n`);
    else this.#line.log(line);
  }
}
