import * as fs from "node:fs";
import { LOCAL_READ_CHUNK, StoreError } from "@stowage/core";
import type { DriverCall, DriverPart, DriverUpload, DriverWritten, WriteConditions } from "@stowage/core";
import type { LocalContext } from "../context.js";
import { makeParents, removeIfEmpty } from "../directories.js";
import { closeQuietly, codeOf, open, read } from "../fs-calls.js";
import { keyToPath } from "../keys.js";
import type { KeyPath } from "../keys.js";
import { writeError } from "../open-object.js";
import { checkFree, publish } from "../publish.js";
import { createTemporaryFile, discard } from "../temporary-file.js";
import { DATA_FILE, readParts } from "./parts.js";
import type { PartRecord } from "./parts.js";
import { closeUpload, dataPathOf, findUpload, removeUpload, reopenUpload } from "./upload-directory.js";
import type { UploadState } from "./upload-directory.js";

/**
 * Makes an upload an object. While it works the upload is nobody else's; when it fails the upload is as it was.
 */
export async function completeUpload(
  context: LocalContext,
  upload: DriverUpload,
  parts: readonly DriverPart[],
  call: DriverCall & { readonly conditions: WriteConditions | undefined },
): Promise<DriverWritten> {
  const at = keyToPath(context.root, upload.key);
  const createOnly = call.conditions?.ifNoneMatch === "*";
  const { state } = await findUpload(context, upload);
  if (createOnly) await checkFree(context, at);
  const directory = await closeUpload(context, upload.id);
  let made: readonly string[] = [];
  try {
    const { records, unfinished } = await readParts(directory);
    const chosen = choose(records, parts);
    if (!at.flat) made = await makeParents(context, at.parent);
    const assembly = { context, directory, state, chosen, at, createOnly, signal: call.signal };
    // Whoever has not finished a part may write into `data` at any time: such a file must not become the object.
    const written = unfinished ? await publishCopy(assembly) : await publishData(assembly);
    await removeUpload(context, directory);
    return written;
  } catch (error) {
    await removeIfEmpty(made);
    await reopenUpload(context, upload.id, directory);
    throw call.signal?.aborted === true ? error : await writeError(context, at, error);
  }
}

interface Assembly {
  readonly context: LocalContext;
  readonly directory: string;
  readonly state: UploadState;
  readonly chosen: readonly PartRecord[];
  readonly at: KeyPath;
  readonly createOnly: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The records of the parts asked for. Throws `InvalidArgument` for one that was never sent, or sent again since. */
function choose(records: readonly PartRecord[], parts: readonly DriverPart[]): PartRecord[] {
  const byNumber = new Map(records.map((record) => [record.partNumber, record]));
  return parts.map(({ partNumber, etag }) => {
    const record = byNumber.get(partNumber);
    if (record !== undefined && record.etag === etag) return record;
    throw new StoreError({
      code: "InvalidArgument",
      message: `part ${partNumber} ${record === undefined ? "was not uploaded" : "was uploaded again since"}`,
      committed: false,
    });
  });
}

/** `data` itself becomes the object; parts that were sent again are moved into it first. */
async function publishData(assembly: Assembly): Promise<DriverWritten> {
  const { context, directory, state, chosen, at, createOnly } = assembly;
  const path = dataPathOf(directory);
  const fd = await context.dataPath.openForWriting(path, fs.constants.O_WRONLY, "parts");
  try {
    for (const record of chosen) if (record.file !== DATA_FILE) await copyPart(assembly, record, fd);
    await context.dataPath.finish(fd, totalSize(chosen));
    assembly.signal?.throwIfAborted();
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
  try {
    return await publish(context, { path, fd }, { at, attributes: state.attributes, createOnly });
  } catch (error) {
    // Another file system is mounted where the key lies.
    if (error instanceof StoreError && error.status === "EXDEV") return publishCopy(assembly);
    throw error;
  }
}

/** All parts are copied into a fresh file beside the key. */
async function publishCopy(assembly: Assembly): Promise<DriverWritten> {
  const { context, state, chosen, at, createOnly, signal } = assembly;
  const temporary = await createTemporaryFile(context, at);
  let isOpen = true;
  try {
    for (const record of chosen) await copyPart(assembly, record, temporary.fd);
    await context.dataPath.finish(temporary.fd, totalSize(chosen));
    signal?.throwIfAborted();
    isOpen = false;
    return await publish(context, temporary, { at, attributes: state.attributes, createOnly });
  } catch (error) {
    if (isOpen) closeQuietly(temporary.fd);
    await discard(temporary);
    throw error;
  }
}

/** Copies one part from where it lies to its place. */
async function copyPart(
  { context, directory, state, signal }: Assembly,
  record: PartRecord,
  target: number,
): Promise<void> {
  const place = (record.partNumber - 1) * state.partSize;
  const start = record.file === DATA_FILE ? place : 0;
  const { dataPath } = context;
  const source = await open(`${directory}/${record.file}`, fs.constants.O_RDONLY);
  try {
    const buffer = dataPath.allocate(Math.min(LOCAL_READ_CHUNK, record.size));
    for (let done = 0; done < record.size; done += buffer.byteLength) {
      const chunk = buffer.subarray(0, Math.min(buffer.byteLength, record.size - done));
      const count = await readFully(source, chunk, start + done);
      if (count < chunk.byteLength) throw damaged(record);
      await dataPath.writeAt(target, place + done, chunk, signal);
    }
  } catch (error) {
    throw codeOf(error) === "ENOENT" ? damaged(record) : error;
  } finally {
    closeQuietly(source);
  }
}

async function readFully(fd: number, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.byteLength) {
    const count = await read(fd, target, done, target.byteLength - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function totalSize(records: readonly PartRecord[]): number {
  return records.reduce((sum, { size }) => sum + size, 0);
}

function damaged({ partNumber }: PartRecord): StoreError {
  return new StoreError({
    code: "IntegrityMismatch",
    message: `the bytes of part ${partNumber} are no longer there; upload it again`,
    committed: false,
  });
}
