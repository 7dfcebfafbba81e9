/** What is stored beside the bytes. A label each: bytes are never decoded or converted. */
export interface ContentAttributes {
  /** Default: derived from the key's extension, else `application/octet-stream`; so it is never absent on a stored object. */
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
}

/** Attributes as an object has them. */
export interface ObjectAttributes extends ContentAttributes {
  /** User metadata; names are lower-case. Made so that names like `__proto__` are plain entries. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Attributes as a caller gives them. A put without them clears what was there. */
export interface AttributeInput extends ContentAttributes {
  /** Names `[a-z0-9_.-]+` (lower-cased), values any Unicode but CR, LF and NUL, at most 2 KiB in all. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
