import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import {
  isRetryableCode,
  isStoreError,
  redact,
  redactedCause,
  reviveStoreError,
  STORE_ERROR_CODES,
  StoreError,
} from "./index.js";

/** Another copy of core's module, as two installed versions would be. */
async function otherCopy(): Promise<typeof import("./index.js")> {
  return import(/* @vite-ignore */ `./store-error.js?copy=${randomUUID()}`);
}

describe("StoreError", () => {
  it("names code, operation and URI in its message, and keeps them as properties", () => {
    const error = new StoreError({ code: "NotFound", message: "no such object" }).with({
      operation: "get",
      uri: "memory://a/b",
      scheme: "memory",
      key: "b",
    });
    expect(error.message).toBe("no such object [NotFound; get memory://a/b]");
    expect(error).toMatchObject({
      code: "NotFound",
      operation: "get",
      uri: "memory://a/b",
      key: "b",
      retryable: false,
    });
    expect(error.detail).toBe("no such object");
    expect(error.name).toBe("StoreError");
  });

  it("is recognised by every copy of core, by instanceof and by isStoreError", async () => {
    const other = await otherCopy();
    const theirs = new other.StoreError({ code: "Throttled", message: "slow down" });
    expect(other.StoreError).not.toBe(StoreError);
    expect(theirs).toBeInstanceOf(StoreError);
    expect(isStoreError(theirs)).toBe(true);
    expect(new StoreError({ code: "Closed", message: "x" })).toBeInstanceOf(other.StoreError);
    for (const value of [new Error("x"), null, undefined, "NotFound", { code: "NotFound" }]) {
      expect(isStoreError(value)).toBe(false);
    }
  });

  it("says more by `with` and keeps stack, cause and what it said before", () => {
    const cause = new TypeError("below");
    const error = new StoreError({ code: "Unavailable", message: "cut", cause, status: 503, requestId: "r1" });
    const more = error.with({ operation: "put", committed: "unknown" });
    expect(more).toMatchObject({
      status: 503,
      requestId: "r1",
      retryable: true,
      committed: "unknown",
      operation: "put",
    });
    expect(more.cause).toBe(cause);
    expect(more.stack?.split("\n").slice(1)).toEqual(error.stack?.split("\n").slice(1));
    expect(more.stack).toContain(more.message);
  });

  it("is retryable by its code unless it says otherwise", () => {
    const retryable = STORE_ERROR_CODES.filter(isRetryableCode);
    expect(retryable).toEqual(["Throttled", "Unavailable", "Timeout"]);
    expect(new StoreError({ code: "Throttled", message: "x", retryable: false }).retryable).toBe(false);
    expect(new StoreError({ code: "Conflict", message: "x", retryable: true }).retryable).toBe(true);
  });

  it("becomes JSON of what is known, without the cause", () => {
    const error = new StoreError({ code: "NotFound", message: "gone", operation: "get", cause: new Error("secret") });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "NotFound",
      message: "gone",
      operation: "get",
      retryable: false,
    });
  });

  it("comes back from structuredClone and from a worker's channel with code, operation and URI", async () => {
    for (const known of [{}, { operation: "get" }, { uri: "s3://b/k" }, { operation: "get", uri: "s3://b/a [b] c" }]) {
      const error = new StoreError({ code: "NotFound", message: "no [such] object", ...known });
      const revived = reviveStoreError(structuredClone(error));
      expect(revived?.toJSON()).toEqual({ ...error.toJSON(), ...("uri" in known ? { scheme: "s3" } : {}) });
    }
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => port2.once("message", resolve));
    port1.postMessage(new StoreError({ code: "Throttled", message: "x", operation: "list", uri: "az://a/b/" }));
    expect(reviveStoreError(await received)).toMatchObject({ code: "Throttled", operation: "list", retryable: true });
    port1.close();
    expect(reviveStoreError(new Error("x [NoSuchCode]"))).toBeUndefined();
    expect(reviveStoreError("x")).toBeUndefined();
  });
});

const secrets = [
  "https://a.blob.core.windows.net/c/k?sv=2024&sig=S3cr3tS3cr3t%3D&se=1",
  "GET /?X-Amz-Credential=S3cr3tS3cr3t/20260101&X-Amz-Signature=S3cr3tS3cr3t",
  "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=S3cr3tS3cr3t==;EndpointSuffix=x",
  'headers: { authorization: "AWS4-HMAC-SHA256 Credential=S3cr3tS3cr3t" }',
  "Authorization: SharedKey account:S3cr3tS3cr3t=",
  "token Bearer S3cr3tS3cr3t was refused",
  '{"secretAccessKey":"S3cr3tS3cr3t","region":"x"}',
  "http://user:S3cr3tS3cr3t@host/path",
  "sessionToken: S3cr3tS3cr3t",
];

describe("secrets", () => {
  it.each(secrets)("do not show in message, stack, JSON or inspect: %s", (text) => {
    const raw = Object.assign(new Error(text), { request: { headers: { authorization: "S3cr3tS3cr3t" } } });
    const error = new StoreError({ code: "Internal", message: text, uri: text, cause: redactedCause(raw) });
    for (const shown of [
      error.message,
      error.stack,
      JSON.stringify(error),
      inspect(error, { depth: 9 }),
      redact(text),
    ]) {
      expect(shown).not.toContain("S3cr3tS3cr3t");
    }
  });

  it("leave the rest of a text readable", () => {
    expect(redact("https://h/c/k?sv=2024&sig=abc&se=1")).toBe("https://h/c/k?sv=2024&sig=[redacted]&se=1");
    expect(redact("no such object design/signature.pdf")).toBe("no such object design/signature.pdf");
    expect(redactedCause("plain")).toMatchObject({ message: "plain" });
  });
});
