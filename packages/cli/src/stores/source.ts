import { lstat, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isUri, toUri } from "../arguments/location.js";

/** What an argument that is read from means. */
export interface Source {
  readonly uri: string;
  /** The name it was given by, where that is not the one in `uri`. */
  readonly name: string | undefined;
}

/**
 * The object to read for an argument. A plain path that is a symbolic link to a file means that file, wherever it is, as for every
 * program that opens a path; a URI means an object of a store, which follows no link out of its directory.
 */
export async function sourceOf(argument: string, cwd: string): Promise<Source> {
  const uri = toUri(argument, cwd);
  if (isUri(argument) || uri.endsWith("/")) return { uri, name: undefined };
  const path = resolve(cwd, argument);
  const file = await linkedFile(path);
  return file === undefined
    ? { uri, name: undefined }
    : { uri: toUri(file, cwd), name: path.slice(path.lastIndexOf("/") + 1) };
}

/** The real path of the file that a link leads to; of anything else, and of a link to anything else, nothing. */
async function linkedFile(path: string): Promise<string | undefined> {
  if (!(await isLink(path))) return undefined;
  try {
    const file = await realpath(path);
    return (await stat(file)).isFile() ? file : undefined;
  } catch {
    // Leads nowhere: whoever opens it says so.
    return undefined;
  }
}

export async function isLink(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  return facts?.isSymbolicLink() === true;
}
