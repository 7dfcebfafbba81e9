import { StoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import type { ServiceFailure } from "./failure.js";

interface Meaning {
  readonly code: StoreErrorCode;
  readonly retryable?: boolean;
  /** What to do about it, after the service's own message. */
  readonly advice?: string;
}

/** S3's error codes and what they mean here. Sources: Amazon S3 "Error responses"; MinIO and Ceph RGW, measured. */
const byCode: ReadonlyMap<string, Meaning> = new Map<string, Meaning>(
  Object.entries({
    NoSuchKey: { code: "NotFound" },
    NoSuchVersion: { code: "NotFound" },
    NoSuchUpload: { code: "NotFound" },
    // A delete marker asked for by its version.
    MethodNotAllowed: { code: "NotFound" },
    NoSuchBucket: { code: "ContainerNotFound" },
    AccessDenied: { code: "PermissionDenied" },
    AllAccessDisabled: { code: "PermissionDenied" },
    AccountProblem: { code: "PermissionDenied" },
    InvalidAccessKeyId: { code: "Unauthenticated" },
    SignatureDoesNotMatch: { code: "Unauthenticated", advice: "check the secret key and the region" },
    AuthorizationHeaderMalformed: { code: "Unauthenticated", advice: "check the region" },
    InvalidToken: { code: "Unauthenticated" },
    InvalidSecurity: { code: "Unauthenticated" },
    NotSignedUp: { code: "Unauthenticated" },
    MissingSecurityHeader: { code: "Unauthenticated" },
    // The next attempt asks for new credentials.
    ExpiredToken: { code: "Unauthenticated", retryable: true },
    TokenRefreshRequired: { code: "Unauthenticated", retryable: true },
    // The next attempt uses the service's clock.
    RequestTimeTooSkewed: { code: "Unauthenticated", retryable: true, advice: "check this machine's clock" },
    RequestExpired: { code: "Unauthenticated" },
    PreconditionFailed: { code: "PreconditionFailed" },
    NotModified: { code: "NotModified" },
    ConditionalRequestConflict: { code: "Conflict", retryable: true },
    OperationAborted: { code: "Conflict", retryable: true },
    InvalidObjectState: { code: "Conflict", advice: "the object is archived; restore it first" },
    RestoreAlreadyInProgress: { code: "Conflict" },
    ObjectLockConfigurationNotFoundError: { code: "Conflict" },
    BucketAlreadyExists: { code: "AlreadyExists" },
    BucketAlreadyOwnedByYou: { code: "AlreadyExists" },
    BucketNotEmpty: { code: "ContainerNotEmpty" },
    InvalidRange: { code: "InvalidRange" },
    SlowDown: { code: "Throttled" },
    SlowDownRead: { code: "Throttled" },
    SlowDownWrite: { code: "Throttled" },
    RequestLimitExceeded: { code: "Throttled" },
    TooManyRequests: { code: "Throttled" },
    ThrottlingException: { code: "Throttled" },
    Throttling: { code: "Throttled" },
    BandwidthLimitExceeded: { code: "Throttled" },
    ServiceUnavailable: { code: "Unavailable" },
    InternalError: { code: "Unavailable" },
    RequestTimeout: { code: "Timeout" },
    BadDigest: { code: "IntegrityMismatch", retryable: true },
    InvalidDigest: { code: "IntegrityMismatch" },
    XAmzContentSHA256Mismatch: { code: "IntegrityMismatch", retryable: true },
    XAmzContentChecksumMismatch: { code: "IntegrityMismatch", retryable: true },
    IncompleteBody: { code: "IntegrityMismatch", retryable: true },
    KeyTooLongError: { code: "InvalidKey" },
    InvalidObjectName: { code: "InvalidKey" },
    XMinioInvalidObjectName: { code: "InvalidKey" },
    EntityTooSmall: { code: "InvalidArgument", advice: "every part but the last has a least size (5 MiB on AWS)" },
    EntityTooLarge: { code: "InvalidArgument" },
    InvalidPart: { code: "InvalidArgument" },
    InvalidPartOrder: { code: "InvalidArgument" },
    InvalidArgument: { code: "InvalidArgument" },
    InvalidRequest: { code: "InvalidArgument" },
    InvalidBucketName: { code: "InvalidArgument" },
    InvalidStorageClass: { code: "InvalidArgument" },
    InvalidTag: { code: "InvalidArgument" },
    MalformedXML: { code: "InvalidArgument" },
    MetadataTooLarge: { code: "InvalidArgument" },
    MissingContentLength: { code: "InvalidArgument" },
    IllegalLocationConstraintException: { code: "InvalidArgument", advice: "check the region" },
    PermanentRedirect: { code: "InvalidArgument", advice: "the bucket is in another region or at another endpoint" },
    TemporaryRedirect: { code: "Unavailable", retryable: true },
    NotImplemented: { code: "Unsupported" },
    QuotaExceeded: { code: "NoSpace" },
    XMinioStorageFull: { code: "NoSpace" },
    XAmzQuotaExceeded: { code: "NoSpace" },
    TooManyBuckets: { code: "NoSpace" },
  } satisfies Record<string, Meaning>),
);

/** Where the answer has no code of its own: HEAD, proxies, load balancers. */
const byStatus: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [301, { code: "InvalidArgument", advice: "the bucket is in another region or at another endpoint" }],
  [304, { code: "NotModified" }],
  [307, { code: "Unavailable", retryable: true }],
  [400, { code: "InvalidArgument" }],
  [401, { code: "Unauthenticated" }],
  [403, { code: "PermissionDenied" }],
  [404, { code: "NotFound" }],
  [405, { code: "NotFound" }],
  [408, { code: "Timeout" }],
  [409, { code: "Conflict", retryable: true }],
  [411, { code: "InvalidArgument" }],
  [412, { code: "PreconditionFailed" }],
  [413, { code: "InvalidArgument" }],
  [416, { code: "InvalidRange" }],
  [429, { code: "Throttled" }],
  [500, { code: "Unavailable" }],
  [501, { code: "Unsupported" }],
  [502, { code: "Unavailable" }],
  [503, { code: "Throttled" }],
  [504, { code: "Timeout" }],
  [507, { code: "NoSpace" }],
]);

/** The StoreError for a failure. `override` is what the operation knows better (a 412 of a create-only write, say). */
export function storeError(failure: ServiceFailure, override?: Partial<Meaning>): StoreError {
  const meaning = { ...meaningOf(failure), ...override };
  const said = failure.message === undefined || failure.message === "" ? SAYS[meaning.code] : failure.message;
  const text = (said ?? `the service answered ${failure.status}`).replace(/\.$/, "");
  const code = failure.code === undefined ? "" : ` (${failure.code})`;
  return new StoreError({
    code: meaning.code,
    message: `${text}${code}${meaning.advice === undefined ? "" : `; ${meaning.advice}`}`,
    retryable: meaning.retryable,
    status: failure.status,
    requestId: failure.requestId,
    retryAfterMs: failure.retryAfterMs,
    // A refusal has changed nothing; after a server's own failure nobody knows.
    ...(failure.status < 500 || meaning.code === "Throttled" ? { committed: false as const } : {}),
  });
}

/** For answers without words of their own: HEAD has no body, some services leave the message empty. */
const SAYS: Partial<Record<StoreErrorCode, string>> = {
  NotFound: "there is no such object",
  ContainerNotFound: "there is no such bucket",
  PermissionDenied: "the credentials do not allow this",
  AlreadyExists: "something is there already",
  PreconditionFailed: "the condition does not hold",
  NotModified: "the object has not changed",
  InvalidRange: "the range is beyond the end of the object",
  ContainerNotEmpty: "the bucket is not empty",
  Throttled: "the service asks to slow down",
};

export function meaningOf(failure: Pick<ServiceFailure, "status" | "code">): Meaning {
  const known = failure.code === undefined ? undefined : byCode.get(failure.code);
  return known ?? byStatus.get(failure.status) ?? { code: failure.status >= 500 ? "Unavailable" : "Internal" };
}
