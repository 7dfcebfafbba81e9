import { LOCAL_OPEN_FILES_MAX } from "@stowage/core";
import { Confinement } from "./confinement.js";
import type { DataPath } from "./data-path.js";
import { Gate } from "./gate.js";
import type { InlineCalls } from "./inline-calls.js";
import { SidecarCache } from "./sidecar.js";
import { Spelling } from "./spelling.js";

/**
 * What survives a crash of the machine once a write has resolved. `none`: what the system happened to have written back (a crash
 * of the process alone loses nothing). `file`: the bytes and attributes. `full`: the name too.
 */
export const DURABILITIES = ["none", "file", "full"] as const;

export type Durability = (typeof DURABILITIES)[number];

/** What the operations of one open store share. */
export interface LocalContext {
  /** Absolute path of the container's directory. */
  readonly root: string;
  readonly durability: Durability;
  readonly dataPath: DataPath;
  readonly inline: InlineCalls;
  readonly confinement: Confinement;
  readonly sidecars: SidecarCache;
  readonly spelling: Spelling;
}

export function createContext(
  options: Pick<LocalContext, "root" | "durability" | "dataPath" | "inline">,
): LocalContext {
  return {
    ...options,
    confinement: new Confinement(options.root),
    sidecars: new SidecarCache(),
    spelling: new Spelling(options.root),
  };
}

/** One for the process: what it bounds is the process's open files. */
export const openFiles: Gate = new Gate(LOCAL_OPEN_FILES_MAX);
