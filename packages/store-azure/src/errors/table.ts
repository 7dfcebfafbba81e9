import type { StoreErrorCode } from "@stowage/core";

/** What one of the service's error codes means. */
export interface Meaning {
  readonly code: StoreErrorCode;
  /** What to do about it, where the service's own sentence does not say. */
  readonly hint?: string;
}

const leased: Meaning = {
  code: "Conflict",
  hint: "the object or container is leased; pass the lease as native.az.leaseId or break it",
};
const denied: Meaning = { code: "PermissionDenied" };
const unauthenticated: Meaning = {
  code: "Unauthenticated",
  hint: "check the account key, signature or token, and that this machine's clock is right",
};
const precondition: Meaning = { code: "PreconditionFailed" };
const invalid: Meaning = { code: "InvalidArgument" };
const conflict: Meaning = { code: "Conflict" };
const archived: Meaning = {
  code: "Conflict",
  hint: "the object is archived or being rehydrated; change its tier and wait",
};

const fullDirectory: Meaning = {
  code: "Conflict",
  hint: "the key is a directory with something in it; deletePrefix removes both",
};

/** Error codes of Azure Storage. Sources: "Common REST API error codes" and "Blob Storage error codes". */
export const CODES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["BlobNotFound", { code: "NotFound" }],
  ["ResourceNotFound", { code: "NotFound" }],
  ["ContainerNotFound", { code: "ContainerNotFound" }],
  ["FilesystemNotFound", { code: "ContainerNotFound" }],
  ["ContainerAlreadyExists", { code: "AlreadyExists" }],
  ["BlobAlreadyExists", { code: "AlreadyExists" }],
  [
    "ContainerBeingDeleted",
    { code: "Conflict", hint: "the container is being deleted; its name is free again in some 30 seconds" },
  ],
  ["ConditionNotMet", precondition],
  ["TargetConditionNotMet", precondition],
  ["SourceConditionNotMet", precondition],
  ["CannotVerifyCopySource", conflict],
  ["InvalidRange", { code: "InvalidRange" }],
  ["LeaseIdMissing", leased],
  ["LeaseLost", leased],
  ["LeaseAlreadyPresent", leased],
  ["LeaseIdMismatchWithBlobOperation", leased],
  ["LeaseIdMismatchWithContainerOperation", leased],
  ["LeaseNotPresentWithBlobOperation", leased],
  ["LeaseNotPresentWithContainerOperation", leased],
  ["SnapshotsPresent", { code: "Conflict", hint: "the object has snapshots; delete them first" }],
  ["BlobArchived", archived],
  ["BlobBeingRehydrated", archived],
  ["BlobNotArchived", conflict],
  [
    "BlobImmutableDueToPolicy",
    { code: "Conflict", hint: "an immutability policy or a legal hold protects the object" },
  ],
  [
    "InvalidBlobType",
    {
      code: "Conflict",
      hint: "the key holds a page or append blob, which cannot be written in place; delete it first",
    },
  ],
  ["PendingCopyOperation", conflict],
  ["DirectoryIsNotEmpty", fullDirectory],
  ["DirectoryNotEmpty", fullDirectory],
  ["PathConflict", { code: "KeyConflict" }],
  ["PathAlreadyExists", { code: "KeyConflict" }],
  ["ServerBusy", { code: "Throttled" }],
  ["AccountBeingCreated", { code: "Unavailable" }],
  ["OperationTimedOut", { code: "Timeout" }],
  ["InternalError", { code: "Unavailable" }],
  ["AuthenticationFailed", unauthenticated],
  ["InvalidAuthenticationInfo", unauthenticated],
  ["NoAuthenticationInformation", unauthenticated],
  ["AuthorizationFailure", denied],
  ["AuthorizationPermissionMismatch", denied],
  ["AuthorizationProtocolMismatch", denied],
  ["AuthorizationResourceTypeMismatch", denied],
  ["AuthorizationServiceMismatch", denied],
  ["AuthorizationSourceIPMismatch", denied],
  ["InsufficientAccountPermissions", denied],
  [
    "KeyBasedAuthenticationNotPermitted",
    { code: "PermissionDenied", hint: "the account forbids access keys; use a token credential" },
  ],
  ["PublicAccessNotPermitted", denied],
  ["AccountIsDisabled", denied],
  ["CopyIdMismatch", conflict],
  ["InvalidMetadata", invalid],
  ["EmptyMetadataKey", invalid],
  ["MetadataTooLarge", invalid],
  ["InvalidHeaderValue", invalid],
  ["InvalidQueryParameterValue", invalid],
  ["OutOfRangeQueryParameterValue", invalid],
  ["InvalidResourceName", { code: "InvalidKey" }],
  ["InvalidUri", { code: "InvalidKey" }],
  ["RequestBodyTooLarge", invalid],
  ["BlobTierInadequateForContentLength", invalid],
  ["InvalidBlobTier", invalid],
  ["BlockCountExceedsLimit", invalid],
  ["BlockListTooLong", invalid],
  [
    "InvalidBlockList",
    { code: "NotFound", hint: "the upload has ended: another upload to its key was completed, or the key was written" },
  ],
  [
    "InvalidBlobOrBlock",
    {
      code: "Conflict",
      hint: "the key holds uncommitted blocks of another tool; write the key once, or wait until the service drops them",
    },
  ],
  ["InvalidBlockId", conflict],
  ["Md5Mismatch", { code: "IntegrityMismatch" }],
  ["Crc64Mismatch", { code: "IntegrityMismatch" }],
  ["UnsupportedHttpVerb", { code: "Unsupported" }],
  ["FeatureNotSupported", { code: "Unsupported" }],
  ["NotImplemented", { code: "Unsupported" }],
]);

/** What a status means that comes without a code, or with one that is not in the table. */
export const STATUSES: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [304, { code: "NotModified" }],
  [400, invalid],
  [401, unauthenticated],
  [403, denied],
  [404, { code: "NotFound" }],
  [408, { code: "Timeout" }],
  [409, conflict],
  [412, precondition],
  [413, invalid],
  [416, { code: "InvalidRange" }],
  [429, { code: "Throttled" }],
  [500, { code: "Unavailable" }],
  [501, { code: "Unsupported" }],
  [502, { code: "Unavailable" }],
  [503, { code: "Unavailable" }],
  [504, { code: "Unavailable" }],
  [507, { code: "NoSpace" }],
]);
