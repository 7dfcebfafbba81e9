import type { Confinement } from "../confinement.js";
import { codeOf } from "../fs-calls.js";
import { isReservedName } from "../names.js";
import { fromByteString } from "./byte-order.js";
import { eachEntry, judgeLink } from "./directory-names.js";
import { Problems } from "./problems.js";

/**
 * Is there an object after `after` below the directory, at any depth? A directory without one is no prefix. Looks at no more
 * entries than it takes to find the first.
 */
export async function holdsObject(
  confinement: Confinement,
  path: string,
  keyBytes: string,
  after: string,
): Promise<boolean> {
  const directories: string[] = [];
  const links: string[] = [];
  let found = false;
  try {
    await eachEntry(path, (entry) => {
      const { name } = entry;
      if (isReservedName(name) || fromByteString(name) === undefined) return true;
      if (entry.isDirectory()) directories.push(name);
      else if (entry.isSymbolicLink()) links.push(name);
      else if (entry.isFile() && keyBytes + name > after) found = true;
      return !found;
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
  if (found) return true;
  for (const name of links) {
    // Links to directories may lead in a circle; only files count.
    const kind = await judgeLink(confinement, `${path}/${fromByteString(name)}`, keyBytes + name, unreported);
    if (kind === "file" && keyBytes + name > after) return true;
  }
  for (const name of directories) {
    const below = `${keyBytes}${name}/`;
    if (below < after && !after.startsWith(below)) continue;
    if (await holdsObject(confinement, `${path}/${fromByteString(name)}`, below, after)) return true;
  }
  return false;
}

/** Whoever lists the directory itself hears of what is wrong in it. */
const unreported = new Problems(() => false);
