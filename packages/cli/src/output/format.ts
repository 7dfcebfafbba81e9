import prettyBytes from "pretty-bytes";

/** `1234` or, for people, `1.21 KiB`. */
export function formatSize(bytes: number, human: boolean): string {
  return human ? prettyBytes(bytes, { binary: true }) : String(bytes);
}

/** `1 object`, `2 objects`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Bytes moved in so many milliseconds, a second. */
export function rateOf(bytes: number, milliseconds: number): number {
  return milliseconds <= 0 ? 0 : (bytes * 1000) / milliseconds;
}

/** Of bytes a second, in decimal units as networks and disks are sold. */
export function formatRate(rate: number): string {
  return `${prettyBytes(rate)}/s`;
}

/** `0.3 s`, `42.0 s`, `3 min 5 s`, `2 h 0 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** UTC to the second, sortable; `-` where the store does not say. */
export function formatDate(date: Date | undefined): string {
  return date === undefined ? "-".padEnd(20) : `${date.toISOString().slice(0, 19)}Z`;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A key on one line of a terminal: what would move the cursor, end the line or reorder the text is shown as an escape, so that a
 * hostile key cannot forge output. `--json` and `--null` give keys exactly.
 */
export function printable(text: string): string {
  return text.replace(
    unprintable,
    (character) =>
      shortEscapes[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}}`,
  );
}
