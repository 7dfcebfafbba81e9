import type { LocalContext } from "../context.js";
import { toStoreError } from "../errors.js";
import { realpath } from "../fs-calls.js";
import { fromByteString, lowerBound } from "./byte-order.js";
import { readDirectoryNames } from "./directory-names.js";
import type { DirectoryNames } from "./directory-names.js";
import { holdsObject } from "./holds-object.js";
import type { Problems } from "./problems.js";

/** What a walk is to find. All strings are byte strings. */
export interface WalkRequest {
  readonly prefix: string;
  /** Keys up to and with this one are left out; "" leaves out none. */
  readonly after: string;
  /** Give directories below the prefix as one item each, instead of going into them. */
  readonly grouped: boolean;
}

export interface WalkItem {
  /** Ends in `/` for a directory of a grouped walk. */
  readonly key: string;
  readonly path: string;
  readonly link: boolean;
}

/**
 * Goes through a directory tree in the byte order of keys. In memory are the names of one directory a level; subtrees that the
 * prefix or the start leaves out are not read.
 */
export class Walk {
  readonly #context: LocalContext;
  readonly #request: WalkRequest;
  readonly #problems: Problems;
  readonly #frames: Frame[] = [];

  constructor(context: LocalContext, request: WalkRequest, problems: Problems) {
    this.#context = context;
    this.#request = request;
    this.#problems = problems;
  }

  /** Begins in a directory: `keyBytes` is its key as a byte string, "" or ending in `/`. Rejects with the errors of reading it. */
  async enter(path: string, keyBytes: string): Promise<void> {
    const read = await readDirectoryNames(this.#context.confinement, path, keyBytes, this.#problems);
    this.#frames.push({ path, keyBytes, ...read, index: this.#firstIndex(read.names, keyBytes) });
  }

  /** The next items, at most `limit`; fewer only at the end. */
  async take(limit: number): Promise<WalkItem[]> {
    const items: WalkItem[] = [];
    while (items.length < limit) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) break;
      const name = frame.names[frame.index++];
      if (name === undefined) {
        this.#frames.pop();
        continue;
      }
      const keyBytes = frame.keyBytes + name;
      if (name.endsWith("/")) {
        const item = await this.#directory(frame, name, keyBytes);
        if (item !== undefined) items.push(item);
      } else if (keyBytes.startsWith(this.#request.prefix)) {
        if (keyBytes > this.#request.after) items.push(toItem(frame, name, keyBytes));
      } else if (keyBytes > this.#request.prefix) {
        // Sorted: nothing further in this directory begins with the prefix.
        frame.index = frame.names.length;
      }
    }
    return items;
  }

  async #directory(frame: Frame, name: string, keyBytes: string): Promise<WalkItem | undefined> {
    const { prefix, after, grouped } = this.#request;
    const below = keyBytes.startsWith(prefix);
    if (!below && !prefix.startsWith(keyBytes)) return undefined;
    if (isPassed(keyBytes, after)) return undefined;
    const item = toItem(frame, name.slice(0, -1), keyBytes);
    try {
      if (grouped && below) {
        const found = await holdsObject(this.#context.confinement, item.path, keyBytes, after);
        return found ? item : undefined;
      }
      if (item.link && (await this.#leadsBack(item.path))) {
        this.#problems.add(keyBytes, "PermissionDenied", "it is a symbolic link to a directory that it lies in");
        return undefined;
      }
      await this.enter(item.path, keyBytes);
    } catch (error) {
      this.#problems.addError(keyBytes, toStoreError(error, "read", item.path));
    }
    return undefined;
  }

  /** Does the link lead to a directory that the walk is in? Following it would never end. */
  async #leadsBack(link: string): Promise<boolean> {
    const target = await realpath(link);
    for (const frame of this.#frames) {
      const location = await realpath(frame.path);
      if (location === target || location.startsWith(`${target}/`)) return true;
    }
    return false;
  }

  /** Where to begin in a directory that the start or the prefix lies in. */
  #firstIndex(names: readonly string[], keyBytes: string): number {
    const { prefix, after } = this.#request;
    const from = after > prefix ? after : prefix;
    if (!from.startsWith(keyBytes)) return 0;
    const rest = from.slice(keyBytes.length);
    const slash = rest.indexOf("/");
    return lowerBound(names, slash === -1 ? rest : rest.slice(0, slash + 1));
  }
}

/** Are all keys below the directory at or before `after`? */
export function isPassed(directory: string, after: string): boolean {
  if (!after.startsWith(directory)) return after > directory;
  return after[directory.length] === "\u00ff";
}

interface Frame extends DirectoryNames {
  readonly path: string;
  readonly keyBytes: string;
  index: number;
}

function toItem(frame: Frame, name: string, keyBytes: string): WalkItem {
  // Names that are not valid UTF-8 have been sorted out.
  const key = fromByteString(keyBytes) ?? keyBytes;
  const base = frame.path.endsWith("/") ? frame.path : `${frame.path}/`;
  return {
    key,
    path: base + (fromByteString(name) ?? name),
    link: frame.links.has(keyBytes.slice(frame.keyBytes.length)),
  };
}
