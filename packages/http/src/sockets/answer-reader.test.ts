import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "./answer-reader.js";
import type { AnswerSink } from "./answer-reader.js";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly length: number | undefined;
  readonly body: string;
  readonly done: boolean;
  readonly keepAlive: boolean;
}

/** Reads the pieces as one connection would bring them; `closed`: the other side ends it afterwards. */
function read(pieces: readonly (string | Uint8Array)[], { method = "GET", closed = false } = {}): Answer | undefined {
  const inbox = Buffer.alloc(70_000);
  const reader = new AnswerReader();
  let head: Pick<Answer, "status" | "headers" | "length"> | undefined;
  let body = "";
  const sink: AnswerSink = {
    head(status, headers, length) {
      head = { status, headers: { ...headers }, length };
    },
    data(chunk) {
      body += Buffer.from(chunk).toString("latin1");
      return true;
    },
  };
  reader.expect(method === "HEAD" ? "HEAD" : "GET", sink);
  for (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
    // As on a socket: whatever an earlier answer left in the memory is still behind what has just arrived.
    inbox.fill("HTTP/1.1 200 OK\r\n\r\n");
    inbox.set(bytes);
    reader.feed(inbox, bytes.byteLength);
  }
  if (closed) reader.close();
  return head === undefined ? undefined : { ...head, body, done: reader.done, keepAlive: reader.keepAlive };
}

function cut(text: string, points: readonly number[]): string[] {
  const sorted = [0, ...points.map((point) => point % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
}

const ok = "HTTP/1.1 200 OK\r\n";

describe("an answer", () => {
  it("of known length ends with its last byte", () => {
    expect(read([`${ok}Content-Length: 5\r\nETag:  "a" \r\n\r\nhello`])).toEqual({
      status: 200,
      headers: { "content-length": "5", etag: '"a"' },
      length: 5,
      body: "hello",
      done: true,
      keepAlive: true,
    });
    expect(read([`${ok}content-length: 5\r\n\r\nhell`])?.done).toBe(false);
  });

  it("in chunks ends with its last chunk; extensions and trailers are read over", () => {
    const chunks = "5;a=b\r\nhello\r\n00A \r\n, my world\r\n0\r\nx-trailer: 1\r\n\r\n";
    expect(read([`${ok}Transfer-Encoding: Chunked\r\n\r\n${chunks}`])).toMatchObject({
      body: "hello, my world",
      done: true,
      length: undefined,
    });
  });

  it("of unknown length ends with the connection, which is not used again", () => {
    expect(read([`${ok}\r\nhello`], { closed: true })).toMatchObject({ body: "hello", done: true, keepAlive: false });
  });

  it.each([
    ["HEAD", `${ok}content-length: 500\r\n\r\n`],
    ["HEAD", `${ok}transfer-encoding: chunked\r\n\r\n`],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 500\r\n\r\n"],
    ["GET", `${ok}content-length: 0\r\n\r\n`],
  ])("without a body ends with its head: %s %j", (method, text) => {
    expect(read([text], { method })).toMatchObject({ body: "", done: true, keepAlive: true });
  });

  it("is the final one: provisional heads are passed over", () => {
    const provisional = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    expect(read([`${provisional}${ok}content-length: 2\r\n\r\nok`])).toMatchObject({ status: 200, body: "ok" });
  });

  it("may begin with line ends that a sloppy server left over", () => {
    expect(read([`\r\n\r\n${ok}content-length: 2\r\n\r\nok`])?.body).toBe("ok");
  });

  it.each([
    ["HTTP/1.1 200 OK\r\nconnection: close\r\n", false],
    ["HTTP/1.1 200 OK\r\nConnection: foo, Close\r\n", false],
    ["HTTP/1.0 200 OK\r\n", false],
    ["HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", true],
    ["HTTP/1.1 200\r\n", true],
  ])("says whether its connection lasts: %j", (head, lasts) => {
    expect(read([`${head}content-length: 0\r\n\r\n`])?.keepAlive).toBe(lasts);
  });

  it("keeps repeated headers in order, and takes no header for a property of objects", () => {
    const head = `${ok}x: 1\r\nX: 2\r\nconstructor: c\r\n__proto__: p\r\nx: 3\r\ncontent-length: 0\r\n\r\n`;
    expect(read([head])?.headers).toEqual({ x: ["1", "2", "3"], constructor: "c", "content-length": "0" });
  });
});

describe("what is refused", () => {
  const refused = expect.objectContaining({ code: "HTTP_MALFORMED" });

  it.each([
    "SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 0200 OK\r\n\r\n",
    "HTTP/1.1 101 Switching\r\n\r\n",
    `${ok}content-length: 5\r\ncontent-length: 5\r\n\r\nhello`,
    `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${ok}content-length: +5\r\n\r\nhello`,
    `${ok}content-length: 0x5\r\n\r\nhello`,
    `${ok}content-length: 99999999999999999\r\n\r\n`,
    `${ok}content-length : 5\r\n\r\nhello`,
    `${ok}content-length: 5\r\n folded: 1\r\n\r\nhello`,
    `${ok}no colon\r\ncontent-length: 5\r\n\r\nhello`,
    `${ok}: 1\r\n\r\n`,
    `${ok}a: 1\ncontent-length: 5\r\n\r\nhello`,
    `${ok}a: 1\rcontent-length: 5\r\n\r\nhello`,
    `${ok}a: \0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\n\r\n\r\n`,
    `${ok}transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n`,
    `${ok}content-length: 2\r\n\r\nok${ok}`,
  ])("%j", (text) => {
    expect(() => read([text])).toThrow(refused);
    expect(() => read(text.split(""))).toThrow(refused);
  });

  it("a chunk size that does not end", () => {
    expect(() => read([`${ok}transfer-encoding: chunked\r\n\r\n${"0".repeat(9000)}`])).toThrow(refused);
  });

  it("a head that does not end", () => {
    const tooLarge = expect.objectContaining({ code: "HTTP_HEAD_TOO_LARGE" });
    const line = `x: ${"a".repeat(60_000)}\r\n`;
    expect(() => read([ok + line, line, line])).toThrow(tooLarge);
  });

  it.each([
    ["", "HTTP_CLOSED"],
    [ok, "HTTP_TRUNCATED"],
    [`${ok}content-length: 5\r\n\r\nhell`, "HTTP_TRUNCATED"],
    [`${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`, "HTTP_TRUNCATED"],
  ])("a connection that ends amid an answer: %j", (text, code) => {
    expect(() => read(text === "" ? [] : [text], { closed: true })).toThrow(expect.objectContaining({ code }));
  });
});

const body = fc.string({ unit: "binary-ascii", maxLength: 300 });
const name = fc.constantFrom("ETag", "x-amz-meta-a", "Date", "x-amz-request-id");
const value = fc.stringMatching(/^[!-~]([ -~]*[!-~])?$/);

/** Well-formed answers with what they must be read as. */
const answers = fc
  .record({
    fields: fc.array(fc.tuple(name, value), { maxLength: 6 }),
    body,
    framing: fc.constantFrom("length" as const, "chunks" as const),
    sizes: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
  })
  .map(({ fields, body: text, framing, sizes }) => {
    const head = ok + fields.map(([field, content]) => `${field}: ${content}\r\n`).join("");
    if (framing === "length") return { text: `${head}content-length: ${text.length}\r\n\r\n${text}`, body: text };
    let rest = text;
    let chunks = "";
    for (const size of [...sizes, text.length]) {
      const chunk = rest.slice(0, size);
      rest = rest.slice(size);
      if (chunk !== "") chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    }
    return { text: `${head}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`, body: text };
  });

describe("pieces", () => {
  it("make no difference, wherever they are cut", () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(), { maxLength: 12 }), ({ text, body: expected }, points) => {
        const whole = read([text]);
        expect(whole).toMatchObject({ body: expected, done: true });
        expect(read(cut(text, points).filter((piece) => piece !== ""))).toEqual(whole);
      }),
    );
  });

  it("that end early are never a whole answer", () => {
    fc.assert(
      fc.property(answers, fc.nat(), ({ text }, point) => {
        const piece = text.slice(0, point % text.length);
        expect(() => read(piece === "" ? [] : [piece], { closed: true })).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^HTTP_(CLOSED|TRUNCATED)$/) }),
        );
      }),
    );
  });

  it("with bytes changed are read, or refused as malformed, whatever they are, the same in any pieces", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    const outcome = (pieces: readonly string[]): unknown => {
      try {
        return read(pieces);
      } catch (error) {
        return error instanceof Error && "code" in error ? error.code : error;
      }
    };
    fc.assert(
      fc.property(answers, damage, fc.array(fc.nat(), { maxLength: 6 }), ({ text }, changes, points) => {
        const bytes = Buffer.from(text, "latin1");
        for (const [at, byte] of changes) bytes[at % bytes.byteLength] = byte;
        const damaged = bytes.toString("latin1");
        const whole = outcome([damaged]);
        // Undefined: a head that has not ended.
        if (typeof whole === "string") expect(whole).toMatch(/^HTTP_(MALFORMED|HEAD_TOO_LARGE)$/);
        expect(outcome(cut(damaged, points).filter((piece) => piece !== ""))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});
