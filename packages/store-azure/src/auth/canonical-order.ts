/**
 * The order in which Azure signs header names: that of .NET's invariant culture, where a hyphen counts only between names that
 * are otherwise equal, and `_` comes before digits, digits before letters. Plain sorting gets metadata such as `a_b` beside `a1`
 * wrong, and the request is then refused. Names hold lower-case letters, digits, `-` and `_` only.
 */
export function compareHeaderNames(a: string, b: string): number {
  const left = primary(a);
  const right = primary(b);
  if (left !== right) return left < right ? -1 : 1;
  return hyphens(a, b);
}

/** Hyphens dropped, and `_` moved in front of the digits. Kept for the service's own headers, which are few and in every write. */
function primary(name: string): string {
  const known = PRIMARY.get(name);
  if (known !== undefined) return known;
  const made = compared(name);
  if (!name.startsWith("x-ms-meta-") && PRIMARY.size < PRIMARY_MAX) PRIMARY.set(name, made);
  return made;
}

const PRIMARY_MAX = 100;
const PRIMARY = new Map<string, string>();

function compared(name: string): string {
  return name.replaceAll("-", "").replaceAll("_", "!");
}

/** Of two names that differ in hyphens alone, the one whose first differing hyphen comes later is first. */
function hyphens(a: string, b: string): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const left = a.charAt(index);
    const right = b.charAt(index);
    if (left !== right) return left === "-" ? 1 : -1;
  }
  return a.length - b.length;
}
