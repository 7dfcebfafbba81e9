/**
 * Where uploads lie: `.stowage-uploads/<id>/` in the container's directory, which any process can find.
 *
 *   upload.json   key, part size, attributes, when it began
 *   data          the object to be: part n at (n - 1) * partSize, written once by whoever claimed the part
 *   p<n>          the claim of part n; empty while it is being written, then its record
 *   q<n>          record of part n sent again; its bytes are in the file it names, until `complete` moves them into `data`
 */
import * as fs from "node:fs";
import { StoreError } from "@stowage/core";
import type { ObjectAttributes } from "@stowage/core";
import type { LocalContext } from "../context.js";
import { containerNotFound } from "../errors.js";
import { codeOf, mkdir, readdir, readFile, removeTree, rename, rmdir } from "../fs-calls.js";
import { isUploadId, temporaryName, UPLOADS_DIRECTORY, writerIsAlive } from "../names.js";

export interface UploadState {
  readonly key: string;
  readonly partSize: number;
  readonly attributes: ObjectAttributes;
  /** Milliseconds since 1970. */
  readonly initiated: number;
}

export function uploadsDirectory(context: LocalContext): string {
  return `${context.root === "/" ? "" : context.root}/${UPLOADS_DIRECTORY}`;
}

/** Makes the upload's own directory. Throws `ContainerNotFound`, errno errors. */
export async function makeUploadDirectory(context: LocalContext, id: string): Promise<string> {
  const parent = uploadsDirectory(context);
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(parent);
    } catch (error) {
      if (codeOf(error) === "ENOENT") throw containerNotFound(context.root, error);
      if (codeOf(error) !== "EEXIST") throw error;
    }
    try {
      await context.confinement.checkDirectory(parent);
      await mkdir(`${parent}/${id}`);
      return `${parent}/${id}`;
    } catch (error) {
      // The last of other uploads ended and took the empty directory away.
      if (codeOf(error) !== "ENOENT" || attempt >= VANISHED_ATTEMPTS) throw error;
    }
  }
}

/** The directory of an upload that is under way. Throws `NotFound` for one that is unknown, has ended, or is of another key. */
export async function findUpload(
  context: LocalContext,
  { key, id }: { readonly key: string; readonly id: string },
): Promise<{ readonly path: string; readonly state: UploadState }> {
  if (!isUploadId(id)) throw unknownUpload(id);
  const path = `${uploadsDirectory(context)}/${id}`;
  const state = (await readState(path)) ?? (await recoverState(context, id, path));
  if (state?.key !== key) throw unknownUpload(id);
  return { path, state };
}

/** A process that died while it completed the upload left it under another name. */
async function recoverState(context: LocalContext, id: string, path: string): Promise<UploadState | undefined> {
  const closing = await findClosing(context, id);
  if (closing === undefined || writerIsAlive(closing) !== false) return undefined;
  try {
    await rename(`${uploadsDirectory(context)}/${closing}`, path);
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== "ENOENT") throw error;
  }
  return readState(path);
}

/**
 * Takes the upload away from everyone else, for completing or aborting it: of several processes one gets it. Resolves with its
 * directory's new path. Throws `NotFound`.
 */
export async function closeUpload(context: LocalContext, id: string): Promise<string> {
  const directory = uploadsDirectory(context);
  const closing = `${directory}/${id}.${temporaryName().slice(1)}`;
  try {
    await rename(`${directory}/${id}`, closing);
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw unknownUpload(id);
    throw error;
  }
  return closing;
}

/** Undoes `closeUpload`, after a complete that failed. */
export async function reopenUpload(context: LocalContext, id: string, closing: string): Promise<void> {
  try {
    await rename(closing, `${uploadsDirectory(context)}/${id}`);
  } catch {
    // Left under its other name, where `findUpload` of a later process finds it.
  }
}

export async function removeUpload(context: LocalContext, path: string): Promise<void> {
  await removeTree(path);
  try {
    await rmdir(uploadsDirectory(context));
  } catch {
    // Other uploads are in it.
  }
}

/** Names of all upload directories, those being completed or aborted included. */
export async function uploadNames(context: LocalContext): Promise<string[]> {
  try {
    return await readdir(uploadsDirectory(context));
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

export function idOfName(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? name : name.slice(0, dot);
}

export async function findClosing(context: LocalContext, id: string): Promise<string | undefined> {
  return (await uploadNames(context)).find((name) => name.startsWith(`${id}.`));
}

/** `undefined` when the directory is not there, or its process died before it was ready. */
export async function readState(path: string): Promise<UploadState | undefined> {
  try {
    const value: unknown = JSON.parse((await readFile(`${path}/${STATE_FILE}`)).toString("utf8"));
    return isState(value) ? value : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function writeState(path: string, state: UploadState): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.writeFile(`${path}/${STATE_FILE}`, JSON.stringify(state), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

export function dataPathOf(path: string): string {
  return `${path}/data`;
}

export function unknownUpload(id: string): StoreError {
  return new StoreError({
    code: "NotFound",
    message: `there is no upload ${JSON.stringify(id)}: it is unknown, or was completed or aborted`,
    committed: false,
  });
}

const STATE_FILE = "upload.json";

const VANISHED_ATTEMPTS = 16;

function isState(value: unknown): value is UploadState {
  return (
    typeof value === "object" &&
    value !== null &&
    "key" in value &&
    typeof value.key === "string" &&
    "partSize" in value &&
    typeof value.partSize === "number" &&
    "initiated" in value &&
    typeof value.initiated === "number" &&
    "attributes" in value &&
    typeof value.attributes === "object"
  );
}
