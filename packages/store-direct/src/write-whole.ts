/** A put whose bytes are in memory, as one native call: file, bytes, time, sync and name. */
import { DIRECT_BUFFERED_PUT_MAX } from "@stowage/core";
import type { DriverWriteCall, DriverWritten } from "@stowage/core";
import { infoOf, needsSidecar, nextTime, removeSidecar, temporaryName, toStoreError } from "@stowage/store-file/local";
import type { KeyPath, LocalContext } from "@stowage/store-file/local";
import type { Completion } from "./binding/completion.js";
import { FLAG, PHASE } from "./binding/native.js";
import type { Step } from "./binding/native.js";
import type { DirectFiles } from "./direct-files.js";
import { errnoError } from "./errors.js";
import { factsOfCompletion } from "./facts.js";

/**
 * Resolves `undefined`, with nothing done, for what has to be done step by step: attributes that need a sidecar, directories to
 * make, links to judge, names that something else has.
 */
export async function writeWhole(
  files: DirectFiles,
  context: LocalContext,
  at: KeyPath,
  bytes: Uint8Array,
  call: DriverWriteCall,
): Promise<DriverWritten | undefined> {
  if (needsSidecar(at.key, call.attributes)) return undefined;
  const { durability } = context;
  const small = durability === "none" && bytes.byteLength <= DIRECT_BUFFERED_PUT_MAX;
  const completion = await files.engine.write({
    descriptor: -1,
    path: at.parent,
    rootLength: files.rootLength(),
    flags:
      files.flags(small) |
      FLAG.last |
      FLAG.stamp |
      (call.conditions?.ifNoneMatch === "*" ? FLAG.createOnly : 0) |
      (durability === "none" ? 0 : FLAG.syncFile) |
      (durability === "full" ? FLAG.syncDirectory : 0),
    defaultAlignment: files.alignment,
    phases: PHASE.transfer | PHASE.seal | PHASE.commit,
    temp: temporaryName(),
    target: at.name,
    size: bytes.byteLength,
    offset: 0,
    modifiedUs: Number(nextTime(false)),
    data: bytes,
    signal: call.signal,
  });
  if (completion.error !== 0 && !toleratedAfterCommit(completion)) return failed(files, at, completion);
  if (completion.refused && !small) files.fellBack();
  const { replaced } = completion;
  const facts = factsOfCompletion(completion);
  // The sidecar of what was replaced: its name is made of these three.
  if (replaced !== undefined) await removeSidecar(context, at, { ...facts, ...replaced });
  call.onBytes?.(bytes.byteLength);
  const { etag, lastModified } = infoOf(facts, call.attributes);
  return { size: facts.size, etag, lastModified };
}

/** What concerns names and directories has many cases, which the local store knows. */
const judgedStepByStep: ReadonlySet<Step> = new Set<Step>(["open parent", "open", "type", "link", "rename"]);

function failed(files: DirectFiles, at: KeyPath, completion: Completion): undefined {
  const { step, committed } = completion;
  if (committed) throw toStoreError(errnoError(completion, at.path), "write", at.path).with({ committed: "unknown" });
  if (!judgedStepByStep.has(step)) throw toStoreError(errnoError(completion, at.path), "write", at.path);
  if (step === "open parent") files.linkMet();
  return undefined;
}

/** Some file systems cannot sync a directory; their renames are as durable as they get. */
function toleratedAfterCommit(completion: Completion): boolean {
  if (completion.step !== "sync directory") return false;
  const { code } = errnoError(completion, "");
  return code === "EINVAL" || code === "ENOTSUP" || code === "EOPNOTSUPP";
}
