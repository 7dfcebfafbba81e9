import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import type { DriverPart } from "@stowage/core";
import { now } from "../clock.js";
import { closeQuietly, codeOf, open, readdir, readFile, rename, unlinkQuietly, write } from "../fs-calls.js";

/** One uploaded part. */
export interface PartRecord {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
  /** When it was finished, in microseconds: of two records of one part the later wins. */
  readonly at: number;
  /** Where its bytes are: `data`, at the part's place, or a file of its own. */
  readonly file: string;
}

export interface PartsFound {
  readonly records: readonly PartRecord[];
  /** Somebody claimed a part and has not finished it: a process that may still write into `data`, or died. */
  readonly unfinished: boolean;
}

export const DATA_FILE = "data";

/** Claims the part's place in `data`: resolves with the open claim, or `undefined` when the part was claimed before. */
export async function claimPart(directory: string, partNumber: number): Promise<number | undefined> {
  try {
    return await open(
      claimPath(directory, partNumber),
      fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL,
    );
  } catch (error) {
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  }
}

export function releaseClaim(directory: string, partNumber: number): Promise<void> {
  return unlinkQuietly(claimPath(directory, partNumber));
}

/** Turns the claim into the record of a finished part. */
export async function recordClaimed(claim: number, partNumber: number, size: number): Promise<PartRecord> {
  const record = newRecord(partNumber, size, DATA_FILE);
  const bytes = Buffer.from(JSON.stringify(record));
  await write(claim, bytes, 0, bytes.byteLength, 0);
  return record;
}

/** Name of a file for a part that is sent again. */
export function resentFile(partNumber: number): string {
  return `o${partNumber}-${randomBytes(8).toString("hex")}`;
}

/** Records a part that was sent again, in place of what was recorded of it before. */
export async function recordResent(
  directory: string,
  partNumber: number,
  size: number,
  file: string,
): Promise<PartRecord> {
  const record = newRecord(partNumber, size, file);
  const path = `${directory}/q${partNumber}`;
  const earlier = await readRecord(path);
  const temporary = `${directory}/t${randomBytes(8).toString("hex")}`;
  const fd = await open(temporary, fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL);
  try {
    const bytes = Buffer.from(JSON.stringify(record));
    await write(fd, bytes, 0, bytes.byteLength, 0);
  } finally {
    closeQuietly(fd);
  }
  await rename(temporary, path);
  if (earlier !== undefined) await unlinkQuietly(`${directory}/${earlier.file}`);
  return record;
}

/** The parts of an upload, ascending. Rejects with ENOENT when its directory is gone. */
export async function readParts(directory: string): Promise<PartsFound> {
  const found = new Map<number, PartRecord>();
  let unfinished = false;
  for (const name of await readdir(directory)) {
    if (!/^[pq]\d+$/.test(name)) continue;
    const record = await readRecord(`${directory}/${name}`);
    if (record === undefined) {
      unfinished ||= name.startsWith("p");
      continue;
    }
    const other = found.get(record.partNumber);
    if (other === undefined || other.at < record.at) found.set(record.partNumber, record);
  }
  return { records: [...found.values()].sort((a, b) => a.partNumber - b.partNumber), unfinished };
}

export function toDriverPart({ partNumber, size, etag }: PartRecord): DriverPart {
  return { partNumber, size, etag };
}

function claimPath(directory: string, partNumber: number): string {
  return `${directory}/p${partNumber}`;
}

function newRecord(partNumber: number, size: number, file: string): PartRecord {
  return { partNumber, size, etag: `${size.toString(36)}-${randomBytes(12).toString("hex")}`, at: Number(now()), file };
}

/** `undefined` when there is none, or it is not finished. */
async function readRecord(path: string): Promise<PartRecord | undefined> {
  try {
    const value: unknown = JSON.parse((await readFile(path)).toString("utf8"));
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is PartRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "partNumber" in value &&
    typeof value.partNumber === "number" &&
    "size" in value &&
    typeof value.size === "number" &&
    "etag" in value &&
    typeof value.etag === "string" &&
    "at" in value &&
    typeof value.at === "number" &&
    "file" in value &&
    typeof value.file === "string" &&
    /^(?:data|o\d+-[0-9a-f]+)$/.test(value.file)
  );
}
