/**
 * Order of two strings by their UTF-8 bytes, which is their order by code point. JavaScript's own `<` orders by UTF-16 units and
 * puts U+FF61 after an emoji.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Order by UTF-16 units, as Azure lists. */
export function compareUtf16(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Moves surrogates (code points from U+10000) above the units U+E000 to U+FFFF that UTF-8 puts before them. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
