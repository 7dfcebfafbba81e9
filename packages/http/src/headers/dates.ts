/** A date of an HTTP header or of a document (RFC 9110 forms, ISO 8601), or `undefined` when it is none. */
export function parseDate(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** IMF-fixdate, what conditions on dates are sent as: whole seconds. */
export function formatHttpDate(date: Date): string {
  return date.toUTCString();
}

/** Milliseconds that a `Retry-After` (seconds, or a date) asks to wait, at least 0; `undefined` when there is none. */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return Number(value) * 1000;
  const date = parseDate(value);
  return date === undefined ? undefined : Math.max(0, date.getTime() - now);
}
