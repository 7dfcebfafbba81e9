/** Patterns of secrets met in URLs, headers and connection strings; the first group is what stays readable. */
const secrets: readonly RegExp[] = [
  /((?:^|[?&;\s"'])(?:sig|x-amz-signature|x-amz-security-token|x-amz-credential|awsaccesskeyid|signature)=)[^&;\s"']+/gi,
  /((?:AccountKey|SharedAccessSignature|SharedAccessKey|Password)=)[^;\s"']+/gi,
  /((?:authorization|x-amz-security-token|x-ms-copy-source-authorization)["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi,
  /((?:secretaccesskey|secretkey|sessiontoken|accountkey|client_secret)["']?\s*[:=]\s*["']?)[^"'\s,}]+/gi,
  /(\b(?:Bearer|SharedKey|SharedKeyLite) )[^\s"',;]+/g,
  /(\/\/[^/:@\s]+:)[^/@\s]+(?=@)/g,
];

/** `text` with every recognised secret replaced by `[redacted]`. */
export function redact(text: string): string {
  let result = text;
  for (const pattern of secrets) result = result.replace(pattern, "$1[redacted]");
  return result;
}

/** What a thrown value says: an error's message; a string itself, of anything else its kind. Never throws. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : `a value that is no error was thrown (${typeof thrown})`;
}

/**
 * What may be kept of an error that came from a service's client: name, code, redacted message and stack. Such errors carry
 * requests and headers, hence credentials, in properties that `inspect` prints; drivers pass this as `cause` instead.
 */
export function redactedCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(redact(messageOf(error)));
  const kept = new Error(redact(error.message));
  kept.name = error.name;
  kept.stack = redact(error.stack ?? "");
  if ("code" in error && typeof error.code === "string") Object.assign(kept, { code: error.code });
  return kept;
}
