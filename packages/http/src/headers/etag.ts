/** An etag as Stowage shows it: without quotes. A weak one keeps its mark, so that it goes back as it came. */
export function unquoteEtag(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

/** An etag as conditions carry it. */
export function quoteEtag(etag: string): string {
  return etag === "*" || etag.startsWith('W/"') ? etag : `"${etag}"`;
}
