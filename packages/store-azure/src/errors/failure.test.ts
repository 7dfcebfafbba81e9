import { describe, expect, it } from "vitest";
import { failure } from "./failure.js";
import type { Asked, Refusal } from "./failure.js";

const refusal = (status: number, code?: string, message?: string): Refusal => ({
  status,
  code,
  message,
  requestId: "r-1",
  retryAfterMs: undefined,
});

describe("what Azure's refusals mean", () => {
  it.each<[number, string | undefined, Asked, string]>([
    [404, "BlobNotFound", {}, "NotFound"],
    [404, "ContainerNotFound", {}, "ContainerNotFound"],
    [404, undefined, {}, "NotFound"],
    [404, undefined, { container: true }, "ContainerNotFound"],
    [304, "ConditionNotMet", {}, "NotModified"],
    [412, "ConditionNotMet", {}, "PreconditionFailed"],
    [412, "ConditionNotMet", { write: true, createOnly: true }, "AlreadyExists"],
    [409, "BlobAlreadyExists", { write: true, createOnly: true }, "AlreadyExists"],
    [404, "BlobNotFound", { write: true, replaceIf: true }, "PreconditionFailed"],
    [404, "ContainerNotFound", { write: true, replaceIf: true }, "ContainerNotFound"],
    [412, "LeaseIdMissing", { write: true, createOnly: true }, "Conflict"],
    [409, "SnapshotsPresent", {}, "Conflict"],
    [409, "BlobArchived", {}, "Conflict"],
    [416, "InvalidRange", {}, "InvalidRange"],
    [403, "AuthenticationFailed", {}, "Unauthenticated"],
    [403, "AuthorizationPermissionMismatch", {}, "PermissionDenied"],
    [503, "ServerBusy", {}, "Throttled"],
    [500, "OperationTimedOut", {}, "Timeout"],
    [500, "SomethingNew", {}, "Unavailable"],
    [418, undefined, {}, "Internal"],
  ])("%s %s asked as %j is %s", (status, code, asked, expected) => {
    expect(failure(refusal(status, code), asked).code).toBe(expected);
  });

  it("a refused write is not committed, one whose answer is a server's failure may be", () => {
    expect(failure(refusal(412, "ConditionNotMet"), { write: true }).committed).toBe(false);
    expect(failure(refusal(503, "ServerBusy"), { write: true }).committed).toBe(false);
    expect(failure(refusal(500, "InternalError"), { write: true }).committed).toBe("unknown");
    expect(failure(refusal(404, "BlobNotFound")).committed).toBeUndefined();
  });

  it("throttling, busy servers and time-outs may be tried again, refusals not", () => {
    expect(failure(refusal(503, "ServerBusy")).retryable).toBe(true);
    expect(failure(refusal(500, "OperationTimedOut")).retryable).toBe(true);
    expect(failure(refusal(409, "LeaseAlreadyPresent")).retryable).toBe(false);
  });

  it("says what the service said, in one line, with status and request id", () => {
    const error = failure(
      refusal(403, "AuthenticationFailed", "Server failed to authenticate the request.\nRequestId:1\nsig=SECRET"),
    );
    expect(error.message).toContain("Server failed to authenticate the request: check the account key");
    expect(error.message).not.toContain("SECRET");
    expect(error).toMatchObject({ status: 403, requestId: "r-1" });
  });
});
