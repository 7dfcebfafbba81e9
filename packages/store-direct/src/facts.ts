import type { FileFacts } from "@stowage/store-file/local";
import type { Completion } from "./binding/completion.js";

/** The facts of a regular file that a native call had open. */
export function factsOfCompletion(completion: Completion): FileFacts {
  return {
    kind: "file",
    device: completion.device,
    inode: completion.inode,
    size: completion.size,
    mtimeNs: completion.modifiedNs,
    mode: completion.mode & MODE_BITS,
    links: completion.links,
  };
}

/** Everything of `st_mode` but the file's type. */
const MODE_BITS = 0o7777;
