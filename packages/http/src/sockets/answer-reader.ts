import { HTTP_CHUNK_LINE_MAX, HTTP_HEAD_BYTES_MAX } from "@stowage/core";
import type { HttpMethod } from "../transport/request.js";
import type { ResponseHeaders } from "../transport/response.js";
import { parseAnswerHead } from "./answer-head.js";
import { ClosedConnection, HeadTooLarge, MalformedAnswer, TruncatedAnswer } from "./broken-answer.js";

/** Where an answer goes; an Exchange is one. */
export interface AnswerSink {
  head(status: number, headers: ResponseHeaders, length: number | undefined): void;
  /** False: no more for now. The bytes are the sink's to copy; they change afterwards. */
  data(chunk: Uint8Array): boolean;
}

type State = "head" | "length" | "chunkSize" | "chunk" | "chunkEnd" | "trailers" | "untilClose" | "done";

const END_OF_HEAD = "\r\n\r\n";
const CR = 0x0d;
const LF = 0x0a;

/** Reads the answers of one connection, one after the other, whatever pieces they arrive in. Nothing is read beyond one's end. */
export class AnswerReader {
  /** The head or line that has begun to arrive. */
  #text = "";
  #state: State = "done";
  #sink: AnswerSink | undefined;
  #bodiless = false;
  #left = 0;
  /** Bytes of this answer have arrived. */
  begun = false;
  keepAlive = false;
  keepAliveMs: number | undefined;
  /** The sink has said that it takes no more for now. */
  full = false;

  /** An answer to such a request is expected, for `sink`. */
  expect(method: HttpMethod, sink: AnswerSink): void {
    this.#sink = sink;
    this.#bodiless = method === "HEAD";
    this.#state = "head";
    this.#text = "";
    this.begun = false;
    this.full = false;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  /** Bytes of the body that are still to come and nothing else, where that is known: they may be received elsewhere. */
  get bodyLeft(): number {
    return this.#state === "length" ? this.#left : 0;
  }

  /** So many bytes of the body have been received elsewhere. */
  skip(count: number): void {
    this.#left -= count;
    if (this.#left === 0) this.#state = "done";
  }

  /** Takes the first `end` bytes. Throws {@link MalformedAnswer}, {@link HeadTooLarge}, or what the sink throws. */
  feed(bytes: Buffer, end: number): void {
    this.begun = true;
    let at = 0;
    while (at < end) {
      switch (this.#state) {
        case "head":
          at = this.#head(bytes, at, end);
          break;
        case "length":
          at = this.#body(bytes, at, end, "done");
          break;
        case "untilClose":
          this.#give(bytes, at, end);
          at = end;
          break;
        case "chunkSize":
          at = this.#chunkSize(bytes, at, end);
          break;
        case "chunk":
          at = this.#body(bytes, at, end, "chunkEnd");
          break;
        case "chunkEnd":
          at = this.#chunkEnd(bytes, at, end);
          break;
        case "trailers":
          at = this.#trailers(bytes, at, end);
          break;
        case "done":
          throw new MalformedAnswer("bytes after the end of an answer");
      }
    }
  }

  /** The connection has been closed in good order: the end of an answer of unknown length, or an error. */
  close(): void {
    this.keepAlive = false;
    if (this.#state === "untilClose") this.#state = "done";
    else if (this.#state !== "done") {
      throw this.begun
        ? new TruncatedAnswer("the connection was closed amid an answer")
        : new ClosedConnection("the connection was closed before an answer");
    }
  }

  #head(bytes: Buffer, from: number, end: number): number {
    let at = from;
    if (this.#text === "") {
      // Some servers end a body with a line end too many.
      while (at < end && (bytes[at] === CR || bytes[at] === LF)) at += 1;
      const found = bytes.indexOf(END_OF_HEAD, at, "latin1");
      if (found !== -1 && found + END_OF_HEAD.length <= end) {
        if (found - at > HTTP_HEAD_BYTES_MAX) throw new HeadTooLarge();
        this.#begin(bytes.toString("latin1", at, found + 2));
        return found + END_OF_HEAD.length;
      }
    }
    const before = this.#text.length;
    const text = this.#text + bytes.toString("latin1", at, end);
    const found = text.indexOf(END_OF_HEAD, Math.max(0, before - END_OF_HEAD.length + 1));
    if ((found === -1 ? text.length : found) > HTTP_HEAD_BYTES_MAX) throw new HeadTooLarge();
    if (found === -1) {
      if (!"HTTP/1.".startsWith(text.slice(0, "HTTP/1.".length))) throw new MalformedAnswer("no status line");
      this.#text = text;
      return end;
    }
    this.#text = "";
    this.#begin(text.slice(0, found + 2));
    return at + found + END_OF_HEAD.length - before;
  }

  #begin(text: string): void {
    const { status, headers, length, chunked, keepAlive, keepAliveMs } = parseAnswerHead(text);
    if (status === 101) throw new MalformedAnswer("a change of protocol that nobody asked for");
    if (status < 200) return;
    this.keepAlive = keepAlive;
    this.keepAliveMs = keepAliveMs;
    const bodiless = this.#bodiless || status === 204 || status === 304;
    this.#sink?.head(status, headers, bodiless ? 0 : length);
    if (bodiless || length === 0) this.#state = "done";
    else if (chunked) this.#state = "chunkSize";
    else if (length === undefined) {
      this.#state = "untilClose";
      this.keepAlive = false;
    } else {
      this.#left = length;
      this.#state = "length";
    }
  }

  #body(bytes: Buffer, at: number, end: number, after: State): number {
    const stop = Math.min(end, at + this.#left);
    this.#left -= stop - at;
    if (this.#left === 0) this.#state = after;
    this.#give(bytes, at, stop);
    return stop;
  }

  #give(bytes: Buffer, at: number, end: number): void {
    if (this.#sink?.data(bytes.subarray(at, end)) === false) this.full = true;
  }

  #chunkSize(bytes: Buffer, at: number, end: number): number {
    const next = this.#line(bytes, at, end);
    if (next === -1) return end;
    const line = this.#takeLine();
    const [, digits] = /^([0-9a-fA-F]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? [];
    if (digits === undefined) throw new MalformedAnswer("a chunk without a size");
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
    return next;
  }

  #chunkEnd(bytes: Buffer, at: number, end: number): number {
    const next = this.#line(bytes, at, end);
    if (next === -1) return end;
    if (this.#takeLine() !== "") throw new MalformedAnswer("a chunk longer than its size");
    this.#state = "chunkSize";
    return next;
  }

  #trailers(bytes: Buffer, at: number, end: number): number {
    const next = this.#line(bytes, at, end);
    if (next === -1) return end;
    // Trailers are read over: nothing here asks for any.
    if (this.#takeLine() === "") this.#state = "done";
    return next;
  }

  /** Gathers a line; the position after it, or -1 when it does not end here. */
  #line(bytes: Buffer, at: number, end: number): number {
    const lf = bytes.indexOf(LF, at);
    const stop = lf === -1 || lf >= end ? end : lf + 1;
    this.#text += bytes.toString("latin1", at, stop);
    if (this.#text.length > HTTP_CHUNK_LINE_MAX) throw new MalformedAnswer("a line that does not end");
    return stop === end && !this.#text.endsWith("\n") ? -1 : stop;
  }

  #takeLine(): string {
    const line = this.#text;
    this.#text = "";
    if (!line.endsWith("\r\n") || line.indexOf("\r") !== line.length - 2) {
      throw new MalformedAnswer("a line that does not end in CR LF");
    }
    return line.slice(0, -2);
  }
}
