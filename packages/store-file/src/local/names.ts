/**
 * Names that the store keeps for itself, beside the objects: a segment that begins with `.stowage-` is no key, and hidden from
 * listings. Nothing of a key is in them, so they fit where the key's own name has the longest length.
 */
import { hash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export const RESERVED_PREFIX = ".stowage-";

const TEMPORARY = `${RESERVED_PREFIX}t-`;
const ATTRIBUTES = `${RESERVED_PREFIX}a-`;

/** The hidden directory of multipart uploads in the container's own directory; there only while uploads are. */
export const UPLOADS_DIRECTORY: string = `${RESERVED_PREFIX}uploads`;

export function isReservedName(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX);
}

/** Is any segment of the key reserved? */
export function hasReservedSegment(key: string): boolean {
  return key.startsWith(RESERVED_PREFIX) || key.includes(`/${RESERVED_PREFIX}`);
}

/** A fresh name that also says who writes, so that `cleanup` can tell a live writer from a dead one. */
export function temporaryName(): string {
  return `${TEMPORARY}${writerTag()}-${randomBytes(9).toString("hex")}`;
}

export function isTemporaryName(name: string): boolean {
  return name.startsWith(TEMPORARY);
}

/** Name of the sidecar of `identity`, a text that no two states of any file in the directory share. */
export function sidecarName(identity: string): string {
  return ATTRIBUTES + hash("sha256", identity).slice(0, SIDECAR_HASH_DIGITS);
}

export function isSidecarName(name: string): boolean {
  return name.startsWith(ATTRIBUTES);
}

/** A fresh upload id: hexadecimal digits and dashes, the writer's tag first. */
export function uploadId(): string {
  return `${writerTag()}-${randomBytes(12).toString("hex")}`;
}

export function isUploadId(id: string): boolean {
  return /^[0-9a-z]+-[0-9a-z]+-[0-9a-z]+-[0-9a-f]{24}$/.test(id);
}

/**
 * Is the process that made the name (or upload id) still running? `undefined` when it ran on another machine or in another
 * container, whose processes cannot be seen from here.
 */
export function writerIsAlive(nameOrId: string): boolean | undefined {
  const match = /(?:^|-t-)([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]+)-[0-9a-f]+$/.exec(nameOrId);
  if (match === null) return undefined;
  const [, machine, pid, started] = match;
  if (machine !== machineTag()) return undefined;
  const process = Number.parseInt(pid ?? "", 36);
  return started === startOf(process);
}

/** 128 bits: two different states never share a name by accident. */
const SIDECAR_HASH_DIGITS = 32;

let ownTag: string | undefined;
let ownMachine: string | undefined;

function writerTag(): string {
  ownTag ??= `${machineTag()}-${process.pid.toString(36)}-${startOf(process.pid) ?? "0"}`;
  return ownTag;
}

/** The place in which process ids mean something: this boot of this machine, this PID namespace. */
function machineTag(): string {
  ownMachine ??= hash(
    "sha256",
    [
      hostname(),
      attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1")),
      attempt(() => readlinkSync("/proc/self/ns/pid")),
    ].join("\n"),
  ).slice(0, MACHINE_TAG_DIGITS);
  return ownMachine;
}

const MACHINE_TAG_DIGITS = 10;

/**
 * When a process started, in clock ticks since boot, so that a reused process id is told from the first. Without /proc: "0" for
 * any process that is there. `undefined`: it is not running.
 */
function startOf(pid: number): string | undefined {
  const line = attempt(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (line !== undefined) {
    // The second field is the command in parentheses and may hold anything; field 22 is the start time.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return Number(fields[19]).toString(36);
  }
  if (process.platform === "linux") return undefined;
  return attempt(() => process.kill(pid, 0)) === undefined ? undefined : "0";
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
