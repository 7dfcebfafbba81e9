import { RECORD, RESULT, STEPS } from "./native.js";
import type { NativeValue, Step } from "./native.js";

/** What had the name before a write took it. */
export interface ReplacedFile {
  readonly size: number;
  readonly inode: bigint;
  readonly mtimeNs: bigint;
}

/**
 * What came of one native operation: facts of the file as they were when it was open, and how the work was done.
 *
 * The fields are only declared: defining and then assigning fifteen of them costs more than the rest of a small read.
 */
export class Completion {
  /** errno, 0 on success. */
  declare readonly error: number;
  declare readonly step: Step;
  declare readonly results: number;
  declare readonly size: number;
  /** Bytes moved. */
  declare readonly bytes: number;
  declare readonly mode: number;
  declare readonly links: number;
  declare readonly memoryAlignment: number;
  declare readonly offsetAlignment: number;
  declare readonly inode: bigint;
  declare readonly modifiedNs: bigint;
  declare readonly device: bigint;
  declare readonly replaced: ReplacedFile | undefined;
  declare readonly value: NativeValue;

  constructor(numbers: Float64Array, integers: BigInt64Array, index: number, value: NativeValue) {
    const at = index * RECORD.fields;
    this.error = numbers[at + RECORD.error] ?? 0;
    this.step = STEPS[numbers[at + RECORD.step] ?? 0] ?? "none";
    this.results = numbers[at + RECORD.results] ?? 0;
    this.size = numbers[at + RECORD.size] ?? 0;
    this.bytes = numbers[at + RECORD.bytes] ?? 0;
    this.mode = numbers[at + RECORD.mode] ?? 0;
    this.links = numbers[at + RECORD.links] ?? 0;
    this.memoryAlignment = numbers[at + RECORD.memoryAlignment] ?? 0;
    this.offsetAlignment = numbers[at + RECORD.offsetAlignment] ?? 0;
    this.inode = BigInt.asUintN(64, integers[at + RECORD.inode] ?? 0n);
    this.modifiedNs = integers[at + RECORD.modifiedNs] ?? 0n;
    this.device = BigInt.asUintN(64, integers[at + RECORD.device] ?? 0n);
    this.replaced =
      (this.results & RESULT.replaced) === 0
        ? undefined
        : {
            size: numbers[at + RECORD.replacedSize] ?? 0,
            inode: BigInt.asUintN(64, integers[at + RECORD.replacedInode] ?? 0n),
            mtimeNs: integers[at + RECORD.replacedModifiedNs] ?? 0n,
          };
    this.value = value;
  }

  /** The file was open with O_DIRECT when the bytes moved. */
  get direct(): boolean {
    return (this.results & RESULT.direct) !== 0;
  }

  /** O_DIRECT was asked for and refused. */
  get refused(): boolean {
    return (this.results & RESULT.refused) !== 0;
  }

  /** The kernel reported the file's alignment for direct I/O (or that it has none). */
  get reported(): boolean {
    return (this.results & RESULT.reported) !== 0;
  }

  /** The object was visible under its name when the operation ended, whatever failed afterwards. */
  get committed(): boolean {
    return (this.results & RESULT.committed) !== 0;
  }

  /** Some bytes did not fit the alignment and went through the page cache. */
  get edges(): boolean {
    return (this.results & RESULT.edges) !== 0;
  }

  get held(): boolean {
    return (this.results & RESULT.held) !== 0;
  }

  get throughRing(): boolean {
    return (this.results & RESULT.ring) !== 0;
  }
}
