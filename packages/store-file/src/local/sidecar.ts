/**
 * Attributes that the file system does not tell already, in a small hidden file beside the body. Its name is a hash of the body's
 * name, inode, time of change and size, so it belongs to exactly one state of one file: it is written before that state gets its
 * name (the only commit point), never changed afterwards, and a body that anything else wrote or replaced has none.
 */
import * as fs from "node:fs";
import { contentTypeOf, LOCAL_SIDECAR_CACHE_MAX, StoreError } from "@stowage/core";
import type { ObjectAttributes } from "@stowage/core";
import { isCoarse, mayHaveSidecar } from "./clock.js";
import { printablePath } from "./errors.js";
import type { FileFacts } from "./facts.js";
import { closeQuietly, codeOf, fsync, open, readFile, unlinkIfThere, write } from "./fs-calls.js";
import type { InlineCalls } from "./inline-calls.js";
import type { KeyPath } from "./keys.js";
import { sidecarName } from "./names.js";

/** What reading sidecars needs of a store. */
export interface SidecarContext {
  readonly inline: InlineCalls;
  readonly sidecars: SidecarCache;
}

/**
 * Parsed sidecars by the path and state of their body. Nothing goes stale: the content of a state's sidecar never changes, and
 * states that a coarse clock cannot tell apart are not kept.
 */
export class SidecarCache {
  readonly #entries: Map<string, { readonly state: string; readonly attributes: ObjectAttributes }> = new Map();

  /** A copy: what users get is theirs to change. */
  get(path: string, state: string): ObjectAttributes | undefined {
    const known = this.#entries.get(path);
    if (known?.state !== state) return undefined;
    return { ...known.attributes, metadata: { ...known.attributes.metadata } };
  }

  set(path: string, state: string, attributes: ObjectAttributes): void {
    this.#entries.set(path, { state, attributes });
    if (this.#entries.size <= LOCAL_SIDECAR_CACHE_MAX) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(path: string): void {
    this.#entries.delete(path);
  }
}

/** Do these attributes say more than the name does? */
export function needsSidecar(key: string, attributes: ObjectAttributes): boolean {
  const { contentType, metadata, ...others } = attributes;
  if (contentType !== undefined && contentType !== contentTypeOf(key)) return true;
  for (const _ in metadata) return true;
  return Object.values(others).some((value) => value !== undefined);
}

/** What the name alone tells. */
export function derivedAttributes(key: string): ObjectAttributes {
  return { contentType: contentTypeOf(key), metadata: noMetadata };
}

export function sidecarPath(at: Pick<KeyPath, "parent" | "name">, facts: FileFacts): string {
  const parent = at.parent.endsWith("/") ? at.parent : `${at.parent}/`;
  return parent + sidecarName(`${at.name}\n${stateOf(facts)}`);
}

/** The attributes of exactly this state of the body where they are remembered: the answer at once, without a promise. */
export function rememberedAttributes(
  context: SidecarContext,
  at: Pick<KeyPath, "path">,
  facts: FileFacts,
): ObjectAttributes | undefined {
  return context.sidecars.get(at.path, stateOf(facts));
}

function stateOf(facts: FileFacts): string {
  return `${facts.inode}\n${facts.mtimeNs}\n${facts.size}`;
}

/** Writes the sidecar of the state that `facts` describe, which has no name yet. */
export async function writeSidecar(
  at: KeyPath,
  facts: FileFacts,
  attributes: ObjectAttributes,
  sync: boolean,
): Promise<string> {
  const path = sidecarPath(at, facts);
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_NOFOLLOW;
  const fd = await open(path, flags);
  let isOpen = true;
  try {
    const bytes = Buffer.from(JSON.stringify({ version: SIDECAR_VERSION, ...attributes }));
    let done = 0;
    while (done < bytes.byteLength) done += await write(fd, bytes, done, bytes.byteLength - done, done);
    if (sync) await fsync(fd);
    isOpen = false;
    fs.closeSync(fd);
    return path;
  } catch (error) {
    if (isOpen) closeQuietly(fd);
    await unlinkIfThere(path);
    throw error;
  }
}

/** The attributes in the sidecar of exactly this state of the body, or `undefined` when there is none. */
export async function readSidecar(
  context: SidecarContext,
  at: KeyPath,
  facts: FileFacts,
): Promise<ObjectAttributes | undefined> {
  if (!mayHaveSidecar(facts)) return undefined;
  const { inline, sidecars } = context;
  const known = rememberedAttributes(context, at, facts);
  if (known !== undefined) return known;
  const path = sidecarPath(at, facts);
  try {
    const attributes = parseSidecar(inline.allowedNow() ? readNow(path, inline) : await readFile(path), path);
    if (isCoarse(facts)) return attributes;
    sidecars.set(at.path, stateOf(facts), attributes);
    return rememberedAttributes(context, at, facts);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes the sidecar of a state that has lost its name. Never fails: `cleanup` finds what is left. */
export async function removeSidecar(
  context: SidecarContext,
  at: Pick<KeyPath, "parent" | "name">,
  facts: FileFacts | undefined,
): Promise<void> {
  if (facts === undefined || !mayHaveSidecar(facts)) return;
  context.sidecars.delete(`${at.parent === "/" ? "" : at.parent}/${at.name}`);
  try {
    await unlinkIfThere(sidecarPath(at, facts));
  } catch {
    // An orphan that nothing reads.
  }
}

const SIDECAR_VERSION = 1;

const noMetadata: Readonly<Record<string, string>> = Object.freeze({});

const names = ["contentType", "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage"] as const;

function readNow(path: string, inline: InlineCalls): Buffer {
  const started = performance.now();
  try {
    return fs.readFileSync(path);
  } finally {
    inline.took(started);
  }
}

function parseSidecar(bytes: Buffer, path: string): ObjectAttributes {
  const value = parseJson(bytes, path);
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== SIDECAR_VERSION) {
    throw damaged(path, undefined);
  }
  const attributes: Record<string, string> = {};
  for (const name of names) {
    const text: unknown = Reflect.get(value, name);
    if (typeof text === "string") attributes[name] = text;
  }
  return { ...attributes, metadata: metadataOf(value) };
}

/** `fromEntries` defines its properties: a name like `__proto__` is a plain entry. */
function metadataOf(value: object): Readonly<Record<string, string>> {
  const stored: unknown = Reflect.get(value, "metadata");
  if (typeof stored !== "object" || stored === null) return noMetadata;
  return Object.fromEntries(Object.entries(stored).filter(([, text]) => typeof text === "string"));
}

function parseJson(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, cause: unknown): StoreError {
  return new StoreError({
    code: "IntegrityMismatch",
    message: `the stored attributes of this object are damaged (${printablePath(path)}); remove that file to do without them, or put the object again`,
    cause,
  });
}
