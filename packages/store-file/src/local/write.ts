import type { DriverCall, DriverWriteCall, DriverWritten, WriteBody } from "@stowage/core";
import { openFiles } from "./context.js";
import type { LocalContext } from "./context.js";
import { toStoreError } from "./errors.js";
import { factsOf } from "./facts.js";
import { closeQuietly, codeOf, lstat, unlink } from "./fs-calls.js";
import { keyToPath } from "./keys.js";
import { requireContainer, writeError } from "./open-object.js";
import { checkFree, publish } from "./publish.js";
import { removeSidecar } from "./sidecar.js";
import { createTemporaryFile, discard, writeBody } from "./temporary-file.js";

/** Writes the whole object beside its name, then gives it the name. */
export async function writeObject(
  context: LocalContext,
  key: string,
  body: WriteBody,
  call: DriverWriteCall,
): Promise<DriverWritten> {
  const at = keyToPath(context.root, key);
  const createOnly = call.conditions?.ifNoneMatch === "*";
  return openFiles.run(async () => {
    if (createOnly) await checkFree(context, at);
    const temporary = await createTemporaryFile(context, at).catch(async (error: unknown) => {
      throw await writeError(context, at, error);
    });
    let open = true;
    try {
      const size = await writeBody(context, temporary.fd, 0, body, call.signal, call.onBytes);
      await context.dataPath.finish(temporary.fd, size);
      call.signal?.throwIfAborted();
      open = false;
      return await publish(context, temporary, { at, attributes: call.attributes, createOnly });
    } catch (error) {
      if (open) closeQuietly(temporary.fd);
      await discard(temporary);
      throw call.signal?.aborted === true ? error : await writeError(context, at, error);
    }
  });
}

/** Removes the object; one that is missing, or no object at all, is fine. Directories stay: empty ones are no prefix. */
export async function deleteObject(context: LocalContext, key: string): Promise<void> {
  await openFiles.run(() => remove(context, key, new Map()));
}

/** Deletes many, a bounded number at a time; directories are checked once. */
export async function deleteObjects(
  context: LocalContext,
  keys: readonly string[],
  call: DriverCall,
): Promise<readonly (Error | undefined)[]> {
  const checked = new Map<string, Promise<void>>();
  return Promise.all(
    keys.map((key) =>
      openFiles.run(async () => {
        call.signal?.throwIfAborted();
        return remove(context, key, checked).then(
          () => undefined,
          (error: unknown) => toStoreError(error, "write", key),
        );
      }),
    ),
  );
}

async function remove(context: LocalContext, key: string, checked: Map<string, Promise<void>>): Promise<void> {
  const at = keyToPath(context.root, key);
  try {
    if (!at.flat) {
      let check = checked.get(at.parent);
      if (check === undefined) checked.set(at.parent, (check = context.confinement.checkDirectory(at.parent)));
      await check;
    }
    if (context.spelling.mayFold && !(await context.spelling.isOwn(at))) return;
    const facts = factsOf(await lstat(at.path));
    if (facts.kind === "directory" || facts.kind === "other") return;
    await unlink(at.path);
    await removeSidecar(context, at, facts);
  } catch (error) {
    const errno = codeOf(error);
    if (errno !== "ENOENT" && errno !== "ENOTDIR") throw toStoreError(error, "write", at.path);
    await requireContainer(context);
  }
}
