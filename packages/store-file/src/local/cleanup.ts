import type { CleanupResult, DriverCall } from "@stowage/core";
import type { LocalContext } from "./context.js";
import { toStoreError } from "./errors.js";
import { factsOf } from "./facts.js";
import { codeOf, lstat, readdir } from "./fs-calls.js";
import { Leftovers } from "./leftovers.js";
import { fromByteString } from "./listing/byte-order.js";
import { eachEntry } from "./listing/directory-names.js";
import { idOfName, removeUpload, uploadNames, uploadsDirectory } from "./multipart/upload-directory.js";
import { isReservedName, isSidecarName, isTemporaryName, writerIsAlive } from "./names.js";
import { requireContainer } from "./open-object.js";
import { sidecarPath } from "./sidecar.js";

/**
 * Removes what crashed writers left: temporary files, sidecars of bodies that are gone, uploads. Younger leftovers than
 * `olderThanMs`, and those of processes that are known to be running, may be in use and stay.
 */
export async function cleanUp(
  context: LocalContext,
  { olderThanMs, signal }: { readonly olderThanMs: number } & DriverCall,
): Promise<CleanupResult> {
  await requireContainer(context);
  const sweep: Sweep = { leftovers: new Leftovers(Date.now() - olderThanMs), signal };
  try {
    await sweepUploads(context, sweep);
    await sweepDirectory(context.root, sweep);
  } catch (error) {
    throw signal?.aborted === true ? error : toStoreError(error, "write", context.root);
  }
  return sweep.leftovers.removed;
}

interface Sweep {
  readonly leftovers: Leftovers;
  readonly signal: AbortSignal | undefined;
}

/** Directories that are symbolic links are not entered: they are swept where they lie. */
async function sweepDirectory(directory: string, sweep: Sweep): Promise<void> {
  sweep.signal?.throwIfAborted();
  const directories: string[] = [];
  const temporary: string[] = [];
  const sidecars = new Set<string>();
  const files: string[] = [];
  try {
    await eachEntry(directory, (entry) => {
      const name = fromByteString(entry.name);
      if (name === undefined) return true;
      if (entry.isDirectory() && !isReservedName(name)) directories.push(name);
      else if (isTemporaryName(name)) temporary.push(name);
      else if (isSidecarName(name)) sidecars.add(name);
      else files.push(name);
      return true;
    });
  } catch (error) {
    // Removed meanwhile.
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  const base = directory === "/" ? "/" : `${directory}/`;
  for (const name of temporary) if (writerIsAlive(name) !== true) await sweep.leftovers.removeIfOld(base + name);
  if (sidecars.size > 0) await sweepSidecars(base, directory, sidecars, files, sweep);
  for (const name of directories) await sweepDirectory(base + name, sweep);
}

async function sweepSidecars(
  base: string,
  directory: string,
  sidecars: Set<string>,
  files: readonly string[],
  sweep: Sweep,
): Promise<void> {
  for (const name of files) {
    const facts = await lstat(base + name).then(factsOf, () => undefined);
    if (facts !== undefined) sidecars.delete(sidecarPath({ parent: directory, name }, facts).slice(base.length));
  }
  // A sidecar whose body was just about to get its name is young: the time of its own last change, a link included, counts.
  for (const name of sidecars) await sweep.leftovers.removeIfOld(base + name);
}

async function sweepUploads(context: LocalContext, { leftovers, signal }: Sweep): Promise<void> {
  for (const name of await uploadNames(context)) {
    signal?.throwIfAborted();
    if (writerIsAlive(name) === true || writerIsAlive(idOfName(name)) === true) continue;
    const path = `${uploadsDirectory(context)}/${name}`;
    const inside = await readdir(path).catch(() => []);
    let touched = (await leftovers.ageOf(path))?.touched ?? 0;
    let bytes = 0;
    for (const file of inside) {
      const age = await leftovers.ageOf(`${path}/${file}`);
      touched = Math.max(touched, age?.touched ?? 0);
      bytes += age?.bytes ?? 0;
    }
    if (!leftovers.isOld(touched)) continue;
    await removeUpload(context, path);
    leftovers.count(inside.length, bytes);
  }
}
