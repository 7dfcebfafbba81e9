import * as fs from "node:fs";
import { compareUtf8, StoreError } from "@stowage/core";
import type {
  DriverCall,
  DriverPart,
  DriverUpload,
  DriverUploadSummary,
  MultipartDriver,
  WriteBody,
} from "@stowage/core";
import { openFiles } from "../context.js";
import type { LocalContext } from "../context.js";
import { toStoreError } from "../errors.js";
import { close, closeQuietly, codeOf, lstat, unlinkQuietly } from "../fs-calls.js";
import { keyToPath } from "../keys.js";
import { isUploadId, uploadId } from "../names.js";
import { requireContainer } from "../open-object.js";
import { CREATE_FLAGS, writeBody } from "../temporary-file.js";
import { completeUpload } from "./complete.js";
import { claimPart, readParts, recordClaimed, recordResent, releaseClaim, resentFile, toDriverPart } from "./parts.js";
import type { PartRecord } from "./parts.js";
import {
  closeUpload,
  dataPathOf,
  findClosing,
  findUpload,
  idOfName,
  makeUploadDirectory,
  readState,
  removeUpload,
  unknownUpload,
  uploadNames,
  uploadsDirectory,
  writeState,
} from "./upload-directory.js";

/** Uploads in parts, straight into the file that becomes the object; several at once, by several processes. */
export function createMultipart(context: LocalContext): MultipartDriver {
  return {
    begin: (key, options) => run(context, key, () => beginUpload(context, key, options)),
    uploadPart: (upload, partNumber, body, call) =>
      run(context, upload.key, () => uploadPart(context, upload, partNumber, body, call)),
    listParts: (upload) =>
      run(context, upload.key, async () => {
        const { path } = await findUpload(context, upload);
        return (await readParts(path)).records.map(toDriverPart);
      }),
    complete: (upload, parts, call) => run(context, upload.key, () => completeUpload(context, upload, parts, call)),
    abort: (upload) => run(context, upload.key, () => abortUpload(context, upload.id)),
    listUploads: (call) => listUploads(context, call.prefix),
  };
}

async function beginUpload(
  context: LocalContext,
  key: string,
  options: Parameters<MultipartDriver["begin"]>[1],
): Promise<{ readonly id: string }> {
  keyToPath(context.root, key);
  const id = uploadId();
  const path = await makeUploadDirectory(context, id);
  try {
    const { partSize, attributes } = options;
    await close(await context.dataPath.openForWriting(dataPathOf(path), CREATE_FLAGS, "parts"));
    await writeState(path, { key, partSize, attributes, initiated: Date.now() });
    return { id };
  } catch (error) {
    await removeUpload(context, path).catch(() => undefined);
    throw error;
  }
}

async function uploadPart(
  context: LocalContext,
  upload: DriverUpload,
  partNumber: number,
  body: WriteBody,
  call: DriverCall,
): Promise<DriverPart> {
  const { path, state } = await findUpload(context, upload);
  if (body.size !== undefined && body.size > state.partSize) throw tooLarge(partNumber, body.size, state.partSize);
  const claim = await claimPart(path, partNumber);
  const record =
    claim === undefined
      ? await uploadAgain(context, path, partNumber, body, call)
      : await uploadClaimed(context, path, claim, partNumber, state.partSize, body, call);
  // What was written into an upload that ended meanwhile is not part of anything.
  await lstat(path);
  return toDriverPart(record);
}

/** The first to send a part writes it in its place. */
async function uploadClaimed(
  context: LocalContext,
  path: string,
  claim: number,
  partNumber: number,
  partSize: number,
  body: WriteBody,
  call: DriverCall,
): Promise<PartRecord> {
  let data: number | undefined;
  try {
    data = await context.dataPath.openForWriting(dataPathOf(path), fs.constants.O_WRONLY, "parts");
    const limited = limit(body, partNumber, partSize);
    const size = await writeBody(context, data, (partNumber - 1) * partSize, limited, call.signal, undefined);
    return await recordClaimed(claim, partNumber, size);
  } catch (error) {
    await releaseClaim(path, partNumber);
    throw error;
  } finally {
    if (data !== undefined) closeQuietly(data);
    closeQuietly(claim);
  }
}

/** A part sent again goes into a file of its own: the first sender may still be writing. */
async function uploadAgain(
  context: LocalContext,
  path: string,
  partNumber: number,
  body: WriteBody,
  call: DriverCall,
): Promise<PartRecord> {
  const file = resentFile(partNumber);
  const fd = await context.dataPath.openForWriting(`${path}/${file}`, CREATE_FLAGS, "sequential");
  let isOpen = true;
  try {
    const size = await writeBody(context, fd, 0, body, call.signal, undefined);
    await context.dataPath.finish(fd, size);
    isOpen = false;
    await close(fd);
    return await recordResent(path, partNumber, size, file);
  } catch (error) {
    if (isOpen) closeQuietly(fd);
    await unlinkQuietly(`${path}/${file}`);
    throw error;
  }
}

async function abortUpload(context: LocalContext, id: string): Promise<void> {
  if (!isUploadId(id)) return;
  try {
    await removeUpload(context, await closeUpload(context, id));
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "NotFound") throw error;
    // Aborted or completed before; or its process died in the middle of that.
    const closing = await findClosing(context, id);
    if (closing !== undefined) await removeUpload(context, `${uploadsDirectory(context)}/${closing}`);
  }
}

async function* listUploads(context: LocalContext, prefix: string): AsyncGenerator<DriverUploadSummary> {
  await requireContainer(context);
  const found: DriverUploadSummary[] = [];
  for (const name of await uploadNames(context)) {
    const state = await readState(`${uploadsDirectory(context)}/${name}`);
    if (state === undefined || !state.key.startsWith(prefix)) continue;
    const { key, partSize, attributes, initiated } = state;
    found.push({ key, id: idOfName(name), initiated: new Date(initiated), partSize, attributes });
  }
  found.sort((a, b) => compareUtf8(a.key, b.key) || (a.initiated?.getTime() ?? 0) - (b.initiated?.getTime() ?? 0));
  yield* found;
}

async function run<Result>(context: LocalContext, key: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await openFiles.run(work);
  } catch (error) {
    const errno = codeOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") {
      await requireContainer(context);
      throw unknownUpload(key);
    }
    throw toStoreError(error, "write", key);
  }
}

function limit(body: WriteBody, partNumber: number, partSize: number): WriteBody {
  if (body.size !== undefined) return body;
  return {
    ...body,
    bytes: undefined,
    replayable: body.replayable,
    size: undefined,
    chunks: () => limited(body, partNumber, partSize),
  };
}

/** A part of unknown size must not run into its neighbour's place. */
async function* limited(body: WriteBody, partNumber: number, partSize: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body.chunks()) {
    size += chunk.byteLength;
    if (size > partSize) throw tooLarge(partNumber, size, partSize);
    yield chunk;
  }
}

function tooLarge(partNumber: number, size: number, partSize: number): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: `part ${partNumber} has ${size} bytes or more; the parts of this upload have ${partSize}`,
    committed: false,
  });
}
