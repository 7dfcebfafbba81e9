const warned = new Set<string>();

/** One warning a directory and reason: falling back is never silent, and never noise. */
export function warnOnce(directory: string, reason: string): void {
  const text = `direct:// is not in force in ${directory}, I/O goes through the page cache: ${reason}`;
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, { type: "StowageWarning", code: "STOWAGE_DIRECT_FALLBACK" });
}
