import { DIRECT_POOL_IDLE_MS } from "@stowage/core";
import { Completion } from "./completion.js";
import { ENGINE_CONFIG } from "./config.js";
import { FLAG, RECORD } from "./native.js";
import type { EngineStats, NativeBinding, NativeValue } from "./native.js";

/** Which file, and how to go about it. */
export interface EngineFile {
  /** An open descriptor of the caller's, or -1: `path` is opened. Descriptors say themselves whether they are direct. */
  readonly descriptor: number;
  /** Of a read: the file. Of a write: the directory. */
  readonly path: string;
  /** So many bytes of the path may lead through symbolic links; a link behind them is ELOOP, unless `FLAG.follow` is set. */
  readonly rootLength: number;
  readonly flags: number;
  /** Alignment, in bytes, for direct files whose file system reports none. */
  readonly defaultAlignment: number;
  readonly signal: AbortSignal | undefined;
}

/** A read of one range. `length` beyond the end is clamped; with `FLAG.suffix` it counts from the end. */
export interface EngineRead extends EngineFile {
  readonly offset: number;
  readonly length: number;
  /** The caller's memory; without it the result carries a buffer of its own. */
  readonly destination: Uint8Array | undefined;
  /** Brings the caller's memory for exactly as many bytes as were read; called when they are there. Implies `FLAG.hold`. */
  readonly place: ((byteLength: number) => Uint8Array<ArrayBuffer>) | undefined;
}

/** One write call: without a descriptor a whole new file (all phases), else some of its steps. */
export interface EngineWrite extends EngineFile {
  readonly phases: number;
  /** Names in the directory: used for a moment while replacing, and final. */
  readonly temp: string;
  readonly target: string;
  /** Final size of the object, where it is known or sealed. */
  readonly size: number;
  readonly offset: number;
  /** Microseconds since 1970, for `FLAG.stamp`. */
  readonly modifiedUs: number;
  readonly data: Uint8Array | undefined;
}

interface Pending {
  readonly resolve: (completion: Completion) => void;
  readonly reject: (reason: unknown) => void;
  /** Memory that the kernel may touch until the operation is over: referenced from here, so that it stays. */
  readonly memory: Uint8Array | undefined;
  readonly place: EngineRead["place"];
  readonly signal: AbortSignal | undefined;
  /** Rejects as soon as the signal aborts, not when the operation is over. */
  readonly promptly: boolean;
}

/**
 * Operations as promises. A promise resolves also for failed operations: the completion says what failed, and the caller
 * knows what that means. It rejects only with the signal's reason.
 */
export class DirectEngine {
  readonly #binding: NativeBinding;
  readonly #numbers: Float64Array;
  readonly #integers: BigInt64Array;
  readonly #pending: (Pending | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #watched = new Map<AbortSignal, { readonly slots: Set<number>; readonly onAbort: () => void }>();
  #idleTimer: NodeJS.Timeout | undefined;
  /** While one lives V8 keeps the compiled code that knows the class, also over a full collection with nothing in flight. */
  readonly example: Completion;

  constructor(binding: NativeBinding) {
    this.#binding = binding;
    const table = binding.start(ENGINE_CONFIG, (count, values) => this.#completed(count, values));
    this.#numbers = new Float64Array(table);
    this.#integers = new BigInt64Array(table);
    this.example = new Completion(this.#numbers, this.#integers, 0, undefined);
  }

  read(read: EngineRead): Promise<Completion> {
    const { descriptor, path, rootLength, defaultAlignment, offset, length, destination, place } = read;
    const flags = place === undefined ? read.flags : read.flags | FLAG.hold;
    // Memory of the pool stays with the operation when the caller gives up; the caller's own must not change afterwards.
    const promptly = destination === undefined && place === undefined && descriptor < 0;
    return this.#submit(destination, place, read.signal, promptly, (slot) =>
      this.#binding.read(slot, descriptor, path, rootLength, flags, defaultAlignment, offset, length, destination),
    );
  }

  /** Several ranges of one file in one submission; `value` is an array of buffers in the order asked. */
  readRanges(
    file: EngineFile,
    ranges: readonly { readonly offset: number; readonly length: number }[],
  ): Promise<Completion> {
    const { descriptor, path, rootLength, flags, defaultAlignment } = file;
    const pairs = new Float64Array(ranges.length * 2);
    for (const [index, range] of ranges.entries()) {
      pairs[2 * index] = range.offset;
      pairs[2 * index + 1] = range.length;
    }
    return this.#submit(undefined, undefined, file.signal, descriptor < 0, (slot) =>
      this.#binding.readRanges(slot, descriptor, path, rootLength, flags, defaultAlignment, pairs),
    );
  }

  write(write: EngineWrite): Promise<Completion> {
    const { descriptor, path, rootLength, flags, defaultAlignment, phases, temp, target } = write;
    const { size, offset, modifiedUs, data, signal } = write;
    return this.#submit(data, undefined, signal, false, (slot) =>
      this.#binding.write(
        slot,
        descriptor,
        path,
        rootLength,
        flags,
        defaultAlignment,
        phases,
        temp,
        target,
        size,
        offset,
        modifiedUs,
        data,
      ),
    );
  }

  /** What direct I/O does in the directory. Blocks for a moment: stores are opened rarely, and their capabilities say it. */
  probe(directory: string, temp: string): Completion {
    this.#binding.probe(directory, temp);
    return new Completion(this.#numbers, this.#integers, 0, undefined);
  }

  /** Zeroed memory in huge pages, to be used again and again. */
  allocate(bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#binding.allocate(bytes));
  }

  /** Takes memory back before it is garbage; arrays over it have length 0 afterwards. */
  release({ buffer }: Uint8Array<ArrayBuffer>): void {
    this.#binding.detach(buffer);
  }

  stats(): EngineStats {
    return this.#binding.stats();
  }

  /** Gives idle memory back now instead of after a while. */
  trim(): void {
    this.#binding.trim();
  }

  #submit(
    memory: Uint8Array | undefined,
    place: EngineRead["place"],
    signal: AbortSignal | undefined,
    promptly: boolean,
    call: (slot: number) => void,
  ): Promise<Completion> {
    return new Promise<Completion>((resolve, reject) => {
      signal?.throwIfAborted();
      const slot = this.#freeSlots.pop() ?? this.#pending.length;
      try {
        call(slot);
      } catch (error) {
        this.#pending[slot] = undefined;
        this.#freeSlots.push(slot);
        reject(error);
        return;
      }
      this.#pending[slot] = { resolve, reject, memory, place, signal, promptly };
      if (signal !== undefined) this.#watch(signal, slot);
    });
  }

  /** One listener a signal, however many operations share it. */
  #watch(signal: AbortSignal, slot: number): void {
    const watched = this.#watched.get(signal);
    if (watched !== undefined) {
      watched.slots.add(slot);
      return;
    }
    const slots = new Set([slot]);
    const onAbort = (): void => {
      for (const each of slots) {
        this.#binding.cancel(each);
        const pending = this.#pending[each];
        if (pending?.promptly === true) pending.reject(signal.reason);
      }
    };
    this.#watched.set(signal, { slots, onAbort });
    signal.addEventListener("abort", onAbort, { once: true });
  }

  #unwatch(signal: AbortSignal, slot: number): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.slots.delete(slot);
    if (watched.slots.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener("abort", watched.onAbort);
  }

  #completed(count: number, values: readonly NativeValue[]): void {
    for (let index = 0; index < count; index++) {
      const slot = this.#numbers[index * RECORD.fields + RECORD.slot] ?? 0;
      const pending = this.#pending[slot];
      if (pending === undefined) continue;
      this.#pending[slot] = undefined;
      const { signal } = pending;
      if (signal !== undefined) this.#unwatch(signal, slot);
      let completion = new Completion(this.#numbers, this.#integers, index, values[index]);
      if (completion.held) {
        try {
          completion = this.#placed(slot, index, completion, pending.place);
        } catch (error) {
          this.#freeSlots.push(slot);
          pending.reject(error);
          continue;
        }
      }
      this.#freeSlots.push(slot);
      if (completion.step === "cancelled" && signal !== undefined) pending.reject(signal.reason);
      else pending.resolve(completion);
    }
    this.#trimWhenIdle();
  }

  /** The completion with its bytes in the caller's memory. Whatever happens the read is no longer held. */
  #placed(slot: number, index: number, { bytes }: Completion, place: EngineRead["place"]): Completion {
    let target: Uint8Array<ArrayBuffer> | undefined;
    try {
      target = place?.(bytes);
    } finally {
      this.#binding.take(slot, target);
    }
    return new Completion(this.#numbers, this.#integers, index, target);
  }

  /** One timer for all idle periods: started by the first, it looks again until an idle one has passed. */
  #trimWhenIdle(): void {
    if (this.#idleTimer !== undefined) {
      if (this.#freeSlots.length === this.#pending.length) this.#idleTimer.refresh();
      return;
    }
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = undefined;
      if (this.#freeSlots.length === this.#pending.length) this.#binding.trim();
      else this.#trimWhenIdle();
    }, DIRECT_POOL_IDLE_MS);
    this.#idleTimer.unref();
  }
}
