import type { Dir, Dirent } from "node:fs";
import type { Confinement } from "../confinement.js";
import { factsOf } from "../facts.js";
import { codeOf, opendir, stat } from "../fs-calls.js";
import { isReservedName } from "../names.js";
import { fromByteString } from "./byte-order.js";
import type { Problems } from "./problems.js";

/** One directory's names, as byte strings in byte order, directories written `name/` so that they sort as their keys do. */
export interface DirectoryNames {
  readonly names: readonly string[];
  /** Those of `names` that are symbolic links within the container. */
  readonly links: ReadonlySet<string>;
}

/**
 * Reads the names of what is a file or a directory. FIFOs, sockets, devices and the store's own files are left out; a name that
 * is not valid UTF-8, or a link that leads nowhere or outside, goes to `problems`. Rejects with errno errors.
 */
export async function readDirectoryNames(
  confinement: Confinement,
  path: string,
  keyBytes: string,
  problems: Problems,
): Promise<DirectoryNames> {
  const names: string[] = [];
  const linkNames: string[] = [];
  await eachEntry(path, (entry) => {
    const { name } = entry;
    if (isReservedName(name)) return true;
    const directory = entry.isDirectory();
    if (!directory && !entry.isFile() && !entry.isSymbolicLink()) return true;
    if (fromByteString(name) === undefined) {
      problems.add(keyBytes + name, "InvalidKey", "its name is not valid UTF-8");
    } else if (entry.isSymbolicLink()) {
      linkNames.push(name);
    } else {
      names.push(directory ? `${name}/` : name);
    }
    return true;
  });
  const links = new Set<string>();
  for (const name of linkNames.sort()) {
    const kind = await judgeLink(confinement, `${path}/${fromByteString(name)}`, keyBytes + name, problems);
    if (kind === undefined) continue;
    const listed = kind === "directory" ? `${name}/` : name;
    names.push(listed);
    links.add(listed);
  }
  names.sort();
  return { names, links };
}

/** Calls `visit` for each entry, names as byte strings, until it says `false`. */
export async function eachEntry(path: string, visit: (entry: Dirent) => boolean): Promise<void> {
  const directory = await opendir(path, ENTRIES_PER_CALL, "latin1");
  await new Promise<void>((resolve, reject) => {
    const step = (): void => {
      directory.read((error, entry) => {
        if (error !== null) return closeThen(directory, () => reject(error));
        if (entry === null || !visit(entry)) return closeThen(directory, resolve);
        step();
      });
    };
    step();
  });
}

/** What the link leads to, if it is an object or a directory of the container. */
export async function judgeLink(
  confinement: Confinement,
  path: string,
  keyBytes: string,
  problems: Problems,
): Promise<"file" | "directory" | undefined> {
  try {
    if (!(await confinement.contains(path))) {
      problems.add(keyBytes, "PermissionDenied", "it is a symbolic link that leads out of the container");
      return undefined;
    }
    const { kind } = factsOf(await stat(path));
    return kind === "file" || kind === "directory" ? kind : undefined;
  } catch (error) {
    problems.add(
      keyBytes,
      "PermissionDenied",
      `it is a symbolic link that leads nowhere (${codeOf(error) ?? String(error)})`,
    );
    return undefined;
  }
}

/** Measured on a directory of 200,000: a third of the time of 64, no more memory. */
const ENTRIES_PER_CALL = 512;

function closeThen(directory: Dir, done: () => void): void {
  directory.close(() => done());
}
