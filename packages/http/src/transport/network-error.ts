import { isStoreError, redactedCause, StoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import type { HttpRequest } from "./request.js";

interface Kind {
  readonly code: StoreErrorCode;
  readonly retryable: boolean;
  /** What to tell the user, after the name of the origin. */
  readonly says: string;
}

const timeout: Kind = { code: "Timeout", retryable: true, says: "did not answer in time" };
const silent: Kind = { code: "Timeout", retryable: true, says: "stopped sending its answer" };
const lost: Kind = { code: "Unavailable", retryable: true, says: "closed the connection" };
const unreachable: Kind = {
  code: "Unavailable",
  retryable: true,
  says: "could not be reached; check the endpoint and the network",
};
const untrusted: Kind = {
  code: "Unavailable",
  retryable: false,
  says: "presented a certificate that is not trusted; pass its authority as `tls.ca` or in NODE_EXTRA_CA_CERTS",
};
const truncated: Kind = { code: "Unavailable", retryable: true, says: "broke off its answer" };
const malformed: Kind = { code: "Internal", retryable: false, says: "sent an answer that is not HTTP/1.1" };
const overflow: Kind = { code: "Internal", retryable: false, says: "sent a response head that is too large" };
const refused: Kind = {
  code: "InvalidArgument",
  retryable: false,
  says: "was not asked: the request cannot be put on the wire",
};
const miscounted: Kind = {
  code: "InvalidArgument",
  retryable: false,
  says: "was sent a body that is not as long as declared",
};

/** Codes of Node's sockets, resolver and TLS, of our own client and of undici, each to what it means here. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["CONNECT_TIMEOUT", { code: "Timeout", retryable: true, says: "could not be connected to in time" }],
  ["ETIMEDOUT", timeout],
  ["UND_ERR_HEADERS_TIMEOUT", timeout],
  ["UND_ERR_BODY_TIMEOUT", silent],
  ["HTTP_HEAD_TIMEOUT", timeout],
  ["HTTP_BODY_TIMEOUT", silent],
  ["UND_ERR_SOCKET", lost],
  ["HTTP_CLOSED", lost],
  ["ECONNRESET", lost],
  ["ECONNABORTED", lost],
  ["EPIPE", lost],
  ["ECONNREFUSED", unreachable],
  ["ENOTFOUND", unreachable],
  ["EAI_AGAIN", unreachable],
  ["EHOSTUNREACH", unreachable],
  ["EHOSTDOWN", unreachable],
  ["ENETUNREACH", unreachable],
  ["ENETDOWN", unreachable],
  ["EADDRNOTAVAIL", unreachable],
  ["EMFILE", { code: "Unavailable", retryable: true, says: "could not be reached: too many open files" }],
  ["ENFILE", { code: "Unavailable", retryable: true, says: "could not be reached: too many open files" }],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", truncated],
  ["HPE_INVALID_EOF_STATE", truncated],
  ["HTTP_TRUNCATED", truncated],
  ["HTTP_MALFORMED", malformed],
  ["UND_ERR_HEADERS_OVERFLOW", overflow],
  ["HTTP_HEAD_TOO_LARGE", overflow],
  ["HTTP_UNSENDABLE", refused],
  ["UND_ERR_INVALID_ARG", refused],
  ["UND_ERR_NOT_SUPPORTED", refused],
  ["HTTP_MISCOUNTED", miscounted],
  ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", miscounted],
  ["UND_ERR_DESTROYED", { code: "Closed", retryable: false, says: "was given up: the store has been closed" }],
  ["UND_ERR_CLOSED", { code: "Closed", retryable: false, says: "was given up: the store has been closed" }],
]);

/** Codes of an untrusted peer, as OpenSSL and Node name them. */
const tlsCodes =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|CRL_|PATH_LENGTH_EXCEEDED)/;

/** Did the connection go away, rather than the request fail? */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && kinds.get(code) === lost;
}

/**
 * The StoreError for what went wrong on the network: Timeout or Unavailable (both retryable unless a certificate is at fault),
 * Closed, Internal, InvalidArgument. `committed` is false when the request never left; otherwise core judges by the code.
 */
export function networkError(error: unknown, request: Pick<HttpRequest, "origin">, sent: boolean): StoreError {
  if (isStoreError(error)) return error;
  const code = codeOf(error);
  const kind = kindOf(code);
  if (kind === undefined && code === undefined && error instanceof Error && !sent)
    return failure(error, unreachable, request, sent);
  return failure(error, kind ?? lost, request, sent);
}

function failure(error: unknown, kind: Kind, request: Pick<HttpRequest, "origin">, sent: boolean): StoreError {
  const detail = error instanceof Error && error.message !== "" ? ` (${error.message})` : "";
  return new StoreError({
    code: kind.code,
    message: `${request.origin} ${kind.says}${detail}.`,
    retryable: kind.retryable,
    cause: redactedCause(error),
    ...(sent ? {} : { committed: false as const }),
  });
}

function kindOf(code: string | undefined): Kind | undefined {
  if (code === undefined) return undefined;
  if (code.startsWith("HPE_")) return kinds.get(code) ?? malformed;
  if (tlsCodes.test(code) || code === "EPROTO") return untrusted;
  return kinds.get(code);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // undici's parser error has lost its code; an answer that ends too early differs by its text only.
  if (error.name === "HTTPParserError") return /\bEOF\b/.test(error.message) ? "HPE_INVALID_EOF_STATE" : "HPE_INVALID";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
