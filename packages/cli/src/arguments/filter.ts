import picomatch from "picomatch";
import { usageError } from "./usage.js";

export type KeyFilter = (key: string) => boolean;

export interface FilterFlags {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/**
 * Keys are matched relative to the URI given. A pattern without `/` is matched against the last name of the key, else against all
 * of it; `*` stays within a name, `**` does not; leading dots are nothing special. A key passes when some include matches (or none
 * is given) and no exclude matches it or a directory that it lies in.
 */
export function parseFilter(flags: FilterFlags): KeyFilter | undefined {
  const includes = (flags.include ?? []).map((pattern) => matcher(pattern, "--include"));
  const excludes = (flags.exclude ?? []).map((pattern) => matcher(pattern, "--exclude"));
  if (includes.length === 0 && excludes.length === 0) return undefined;
  return (key) =>
    (includes.length === 0 || includes.some((matches) => matches(key))) &&
    !excludes.some((matches) => matches(key) || parents(key).some(matches));
}

function matcher(pattern: string, flag: string): KeyFilter {
  const glob = pattern.endsWith("/") ? `${pattern}**` : pattern;
  if (glob === "") throw usageError(`${flag} needs a pattern, like '*.json' or 'logs/**'`);
  try {
    // `s`: a key may hold a line feed, which `*` must match too.
    const matches = picomatch(glob, {
      dot: true,
      basename: !glob.includes("/"),
      nonegate: true,
      windows: false,
      flags: "s",
    });
    // picomatch takes a second argument, so it must not meet the index that `some` and `filter` pass.
    return (key) => matches(key);
  } catch (error) {
    throw usageError(`${flag} ${pattern}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parents(key: string): string[] {
  const found: string[] = [];
  for (let slash = key.indexOf("/"); slash !== -1; slash = key.indexOf("/", slash + 1)) found.push(key.slice(0, slash));
  return found;
}
