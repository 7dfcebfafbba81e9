import type { Writable } from "node:stream";
import { PROGRESS_FPS, PROGRESS_WINDOW_MS } from "@stowage/core";
import { MultiBar } from "cli-progress";
import { formatDuration, formatRate, formatSize, rateOf } from "./format.js";

export interface Amount {
  readonly bytes: number;
  readonly objects: number;
}

/** One redrawn line on a terminal: objects, bytes, rate, and the time left once the total is known. */
export class ProgressLine {
  readonly #bars: MultiBar;
  readonly #label: string;
  readonly #samples: { readonly time: number; readonly bytes: number }[] = [{ time: performance.now(), bytes: 0 }];
  #moved: Amount = { bytes: 0, objects: 0 };
  #total: Amount | undefined;

  constructor(stream: Writable, label: string) {
    this.#label = label;
    this.#bars = new MultiBar({
      stream,
      fps: PROGRESS_FPS,
      clearOnComplete: true,
      hideCursor: true,
      // The terminal goes on wrapping what is longer than its width: failures are read whole. Only the progress line is cut.
      linewrap: true,
      forceRedraw: true,
      // Ctrl-C is the command's to handle: it stops this line too.
      gracefulExit: false,
      format: () => this.#format(),
    });
    this.#bars.create(1, 0);
  }

  update(moved: Amount): void {
    this.#moved = moved;
  }

  /** How much there is in all, once somebody has counted. */
  expect(total: Amount): void {
    this.#total = total;
  }

  /** A whole line above the progress. */
  log(line: string): void {
    this.#bars.log(`\r\u001B[K${line}\n`);
  }

  /** Takes the line away; what was logged stays. */
  stop(): void {
    this.#bars.update();
    this.#bars.stop();
  }

  #format(): string {
    const rate = this.#rate();
    return formatProgress(this.#label, this.#moved, this.#total, rate);
  }

  /** Bytes a second over the last few seconds. */
  #rate(): number {
    const now = performance.now();
    this.#samples.push({ time: now, bytes: this.#moved.bytes });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.time ?? now) > PROGRESS_WINDOW_MS)
      this.#samples.shift();
    const first = this.#samples[0];
    return first === undefined ? 0 : rateOf(this.#moved.bytes - first.bytes, now - first.time);
  }
}

/** `copying 12/40 objects  1.2 MiB/4 MiB  30%  10 MB/s  2 s left`; what is not known yet is left out. `rate` in bytes a second. */
export function formatProgress(label: string, moved: Amount, total: Amount | undefined, rate: number): string {
  const objects = total === undefined ? `${moved.objects}` : `${moved.objects}/${total.objects}`;
  const size = formatSize(moved.bytes, true);
  const parts = [
    `${label} ${objects} ${(total ?? moved).objects === 1 ? "object" : "objects"}`,
    total === undefined ? size : `${size}/${formatSize(total.bytes, true)}`,
    ...(total === undefined || total.bytes === 0 ? [] : [bar(moved.bytes / total.bytes)]),
    formatRate(rate),
  ];
  if (total !== undefined && rate > 0) {
    parts.push(`${formatDuration((Math.max(0, total.bytes - moved.bytes) / rate) * 1000)} left`);
  }
  return parts.join("  ");
}

const barCells = 20;

function bar(fraction: number): string {
  const done = Math.min(1, Math.max(0, fraction));
  const cells = Math.round(done * barCells);
  return `[${"=".repeat(cells)}${" ".repeat(barCells - cells)}] ${Math.floor(done * 100)}%`;
}
