import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../transport/request.js";
import { requestHead } from "./request-head.js";

function head(changes: Partial<HttpRequest>, length?: number): string {
  const request: HttpRequest = {
    method: "GET",
    origin: "http://localhost",
    target: "/",
    headers: [],
    receive: () => "collect",
    replayable: true,
    timeouts: { connect: undefined, idle: undefined },
    ...changes,
  };
  return requestHead(request, "localhost", length);
}

describe("the head of a request", () => {
  it("is the request line, host, the caller's headers as given, and the length", () => {
    expect(head({ method: "PUT", target: "/a%20b?c=d", headers: ["x-amz-date", "now", "ETag", "\u00e9\t1"] }, 5)).toBe(
      "PUT /a%20b?c=d HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive\r\n" +
        "x-amz-date: now\r\nETag: \u00e9\t1\r\ncontent-length: 5\r\n\r\n",
    );
  });

  const refused = expect.objectContaining({ code: "HTTP_UNSENDABLE" });

  it.each(["", "/a b", "/a\r\nb", "/\u00e9", "/\u007f", "/\0"])("is refused for the target %j", (target) => {
    expect(() => head({ target })).toThrow(refused);
  });

  it.each(["", "a b", "a:", "a\r\nb", "\u00e9", "expect", "Connection", "host", "Content-Length", "transfer-encoding"])(
    "is refused for the name %j",
    (name) => {
      expect(() => head({ headers: [name, "1"] })).toThrow(refused);
    },
  );

  it("holds no line that the caller did not name, whatever the values", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ":", " ", "\r", "\n", "\0", "\t", "\u00e9", "\u4e00") });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (values) => {
        const headers = values.flatMap((value, index) => [`x-${index}`, value]);
        const legal = values.every((value) => /^[a: \t\u00e9]*$/.test(value));
        if (!legal) expect(() => head({ headers })).toThrow(refused);
        else expect(head({ headers }).split("\r\n")).toHaveLength(values.length + 5);
      }),
    );
  });
});
