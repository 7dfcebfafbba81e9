/** An etag as Stowage shows it: opaque, without quotes and weakness mark. */
export function unquoteEtag(value: string): string {
  const text = value.startsWith("W/") ? value.slice(2) : value;
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** An etag as conditions carry it; `*` is any. */
export function quoteEtag(etag: string): string {
  return etag === "*" ? etag : `"${etag}"`;
}
