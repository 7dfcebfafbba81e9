import { AREAS } from "./case.js";
import type { Area, Case, SizeClass } from "./case.js";

/** A named part of the suite. `full` is everything up to size M; `slow` adds what moves more bytes. */
export const PROFILES = [
  "full",
  "core",
  "read",
  "list",
  "stream",
  "keys",
  "conditional",
  "multipart",
  "copy",
  "cancel",
  "presign",
  "slow",
] as const;

export type Profile = (typeof PROFILES)[number];

const coreAreas: readonly Area[] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "N"];
const areasOf: Readonly<Partial<Record<Profile, readonly Area[]>>> = {
  read: ["D", "E", "F"],
  list: ["I"],
  stream: ["C"],
  keys: ["H"],
  conditional: ["L"],
  multipart: ["M"],
  copy: ["K"],
  cancel: ["O"],
  presign: ["R"],
};

export function isProfile(name: string): name is Profile {
  return PROFILES.some((profile) => profile === name);
}

/** Does the case belong to the profile? */
export function inProfile(profile: Profile, { area, size, list }: Pick<Case, "area" | "size" | "list">): boolean {
  const sizes: readonly SizeClass[] = profile === "slow" ? ["S", "M", "L", "XL"] : ["S", "M"];
  if (!sizes.includes(size)) return false;
  if (profile === "full" || profile === "slow") return area in AREAS;
  if (profile === "core") return coreAreas.includes(area) || list.some(isCoreLine);
  return areasOf[profile]?.includes(area) ?? false;
}

/** Cancellation and the error taxonomy belong to the core profile line by line. */
function isCoreLine(line: number): boolean {
  return (line >= 263 && line <= 271) || (line >= 279 && line <= 281);
}
