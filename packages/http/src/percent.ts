const UNRESERVED_PATH = /^[A-Za-z0-9\-._~/]*$/;
const LEFT_ALONE = /[!'()*]/g;

/** A key as a URL path: every byte but RFC 3986's unreserved characters and `/` is percent-encoded, upper case. */
export function encodePath(key: string): string {
  if (UNRESERVED_PATH.test(key)) return key;
  return encodeQueryValue(key).replaceAll("%2F", "/");
}

/** A query name or value: as {@link encodePath}, and `/` encoded too. */
export function encodeQueryValue(value: string): string {
  return encodeURIComponent(value).replace(LEFT_ALONE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What a percent-encoded name says; `+` stays itself. Ill-formed encodings are returned as they are. */
export function decodePercent(value: string): string {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
