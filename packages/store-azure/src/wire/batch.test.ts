import { describe, expect, it } from "vitest";
import { SharedKeySigner } from "../auth/shared-key.js";
import { deleteBatchBody, readDeleteBatch } from "./batch.js";

const answer = (parts: readonly string[]): string =>
  parts.map((part) => `--batchresponse_1\r\nContent-Type: application/http\r\n${part}`).join("") +
  "--batchresponse_1--\r\n";
const TYPE = "multipart/mixed; boundary=batchresponse_1";
const deleted = (id: number): string => `Content-ID: ${id}\r\n\r\nHTTP/1.1 202 Accepted\r\nx-ms-request-id: r\r\n\r\n`;
const refused = (id: number, status: number, code: string): string =>
  `Content-ID: ${id}\r\n\r\nHTTP/1.1 ${status} No\r\nx-ms-error-code: ${code}\r\n\r\n<?xml version="1.0"?><Error><Code>${code}</Code><Message>Said so.\nRequestId:1</Message></Error>\r\n`;

describe("blob batches", () => {
  it("carry a signed request for each blob", async () => {
    const signer = new SharedKeySigner("acct", Buffer.from("k").toString("base64"));
    const { contentType, bytes } = await deleteBatchBody(signer, ["/c/a%20b", "/c/d"]);
    const body = Buffer.from(bytes).toString();
    const boundary = /boundary=(.+)$/.exec(contentType)?.[1];
    expect(body.split(`--${boundary}`)).toHaveLength(4);
    expect(body).toContain("Content-ID: 1\r\n\r\nDELETE /c/d HTTP/1.1\r\nauthorization: SharedKey acct:");
    expect(body).not.toContain("x-ms-version");
  });

  it("tell the outcome of each key, in order, whatever the order of the answer", () => {
    const body = answer([refused(2, 409, "SnapshotsPresent"), deleted(0), refused(1, 404, "BlobNotFound")]);
    expect(readDeleteBatch(TYPE, body, 4)).toEqual([
      undefined,
      undefined,
      expect.objectContaining({ code: "Conflict", status: 409 }),
      expect.objectContaining({ code: "Unavailable", committed: "unknown" }),
    ]);
  });

  it("that are refused as a whole fail as a whole", () => {
    const whole = answer(["\r\nHTTP/1.1 403 Forbidden\r\nx-ms-error-code: AuthenticationFailed\r\n\r\n"]);
    expect(() => readDeleteBatch(TYPE, whole, 2)).toThrow(expect.objectContaining({ code: "Unauthenticated" }));
  });

  it("with an answer that cannot be read are uncertain", () => {
    for (const [type, body] of [
      [undefined, ""],
      [TYPE, answer(["nonsense"])],
    ] as const) {
      expect(() => readDeleteBatch(type, body, 1)).toThrow(expect.objectContaining({ committed: "unknown" }));
    }
  });
});
