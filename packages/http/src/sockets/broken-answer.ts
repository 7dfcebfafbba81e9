/** What arrived is not HTTP/1.1. */
export class MalformedAnswer extends Error {
  readonly code = "HTTP_MALFORMED";
}

/** The head is larger than HTTP_HEAD_BYTES_MAX. */
export class HeadTooLarge extends Error {
  readonly code = "HTTP_HEAD_TOO_LARGE";
}

/** The connection was closed amid an answer. */
export class TruncatedAnswer extends Error {
  readonly code = "HTTP_TRUNCATED";
}

/** The connection was closed, in good order, before an answer. */
export class ClosedConnection extends Error {
  readonly code = "HTTP_CLOSED";
}

/** Nothing moved for as long as the idle limit allows. */
export class IdleTimeout extends Error {
  readonly code: "HTTP_HEAD_TIMEOUT" | "HTTP_BODY_TIMEOUT";

  constructor(answered: boolean, limitMs: number) {
    super(`nothing for ${limitMs} ms`);
    this.code = answered ? "HTTP_BODY_TIMEOUT" : "HTTP_HEAD_TIMEOUT";
  }
}

/** The request holds what no HTTP request may. */
export class UnsendableRequest extends Error {
  readonly code = "HTTP_UNSENDABLE";
}

/** A body that is made on the way is not as long as declared. */
export class MiscountedBody extends Error {
  readonly code = "HTTP_MISCOUNTED";
}
