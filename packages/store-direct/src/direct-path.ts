/** The data path with O_DIRECT, step by step on descriptors: for streams, uploads, copies and everything unusual. */
import { DIRECT_CHUNK_SIZE, DIRECT_OWN_COPY_MAX } from "@stowage/core";
import type { Bytes } from "@stowage/core";
import { allocateBytes } from "@stowage/store-file/local";
import type { DataPath } from "@stowage/store-file/local";
import type { Completion } from "./binding/completion.js";
import type { EngineWrite } from "./binding/engine.js";
import { FLAG, PHASE } from "./binding/native.js";
import type { DirectFiles } from "./direct-files.js";
import { errnoError } from "./errors.js";
import { SequentialWrite } from "./sequential-write.js";

type WriteStep = Partial<Pick<EngineWrite, "phases" | "flags" | "offset" | "size" | "data">>;

export class DirectPath implements DataPath {
  readonly notes: DataPath["notes"];
  readonly streamChunk: number = DIRECT_CHUNK_SIZE;
  readonly #files: DirectFiles;
  /** Of descriptors opened for writing in one go: a number is taken over when it is opened again. */
  readonly #sequential = new Map<number, SequentialWrite>();

  constructor(files: DirectFiles, notes: DataPath["notes"]) {
    this.#files = files;
    this.notes = notes;
  }

  openForReading(path: string, flags: number): Promise<number> {
    return this.#files.open(path, flags);
  }

  /** A property, because it is handed on as a plain function. */
  readonly allocate = (size: number): Bytes =>
    size <= DIRECT_OWN_COPY_MAX ? allocateBytes(size) : this.#files.engine.allocate(size);

  async readAt(fd: number, position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<number> {
    const completion = await this.#files.engine.read({
      ...this.#files.on(fd, signal),
      offset: position,
      length: target.byteLength,
      destination: target,
      place: undefined,
    });
    return check(completion).bytes;
  }

  async openForWriting(path: string, flags: number, pattern: "sequential" | "parts"): Promise<number> {
    const fd = await this.#files.open(path, flags);
    this.#sequential.delete(fd);
    if (pattern === "sequential") this.#sequential.set(fd, new SequentialWrite(this.#files.block));
    return fd;
  }

  async writeAt(fd: number, position: number, source: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const sequential = this.#sequential.get(fd);
    const pieces = sequential === undefined ? [{ position, bytes: source }] : sequential.take(position, source);
    for (const { position: offset, bytes: data } of pieces) {
      await this.#write(fd, { phases: PHASE.transfer, offset, data }, signal);
    }
  }

  async finish(fd: number, size: number): Promise<void> {
    const sequential = this.#sequential.get(fd);
    this.#sequential.delete(fd);
    if (sequential === undefined) {
      // Parts may have shared blocks, which went through the page cache.
      await this.#write(fd, { phases: PHASE.seal, flags: FLAG.dropCache, size }, undefined);
      return;
    }
    const rest = sequential.rest();
    await this.#write(
      fd,
      { phases: PHASE.transfer | PHASE.seal, flags: FLAG.last, offset: rest.position, data: rest.bytes, size },
      undefined,
    );
  }

  async #write(fd: number, step: WriteStep, signal: AbortSignal | undefined): Promise<void> {
    const file = this.#files.on(fd, signal);
    const completion = await this.#files.engine.write({
      ...file,
      phases: step.phases ?? PHASE.transfer,
      flags: file.flags | (step.flags ?? 0),
      temp: "",
      target: "",
      size: step.size ?? 0,
      offset: step.offset ?? 0,
      modifiedUs: 0,
      data: step.data,
    });
    check(completion);
  }
}

function check(completion: Completion): Completion {
  if (completion.error !== 0) throw errnoError(completion, "");
  return completion;
}
