import { StoreError } from "@stowage/core";
import type { ResponseHeaders } from "@stowage/http";
import { randomUUID } from "node:crypto";
import type { Signer } from "../auth/signer.js";
import { refusalOf } from "./wire-client.js";

/** The body of a Blob Batch and the type it is sent as. */
export interface BatchBody {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** A batch that deletes the blobs at `paths`, each request in it with its own credential, as the service demands. */
export async function deleteBatchBody(signer: Signer, paths: readonly string[]): Promise<BatchBody> {
  const boundary = `batch_${randomUUID()}`;
  let text = "";
  for (const [index, path] of paths.entries()) {
    const signing = signer.sign({
      method: "DELETE",
      path,
      query: [],
      headers: [],
      serviceHeaders: [],
      contentLength: 0,
      versioned: false,
    });
    const { target, headers } = signing instanceof Promise ? await signing : signing;
    text += `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: ${index}\r\n\r\nDELETE ${target} HTTP/1.1\r\n`;
    for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
    text += "content-length: 0\r\n\r\n";
  }
  text += `--${boundary}--\r\n`;
  return { contentType: `multipart/mixed; boundary=${boundary}`, bytes: Buffer.from(text, "latin1") };
}

/** What a batch of `count` deletes came to, in the order in which they were sent. A missing blob counts as deleted. */
export function readDeleteBatch(contentType: string | undefined, body: string, count: number): (Error | undefined)[] {
  const outcomes: (Error | undefined)[] = Array.from({ length: count }, () => unanswered);
  const boundary = /boundary="?([^";]+)"?/.exec(contentType ?? "")?.[1];
  if (boundary === undefined) throw malformed();
  for (const part of body.split(`--${boundary}`).slice(1)) {
    if (part.startsWith("--")) break;
    const answer = readPart(part);
    // A batch that is refused as a whole has one answer without an id.
    if (answer.id === undefined) throw outcomeOf(answer) ?? malformed();
    if (answer.id < count) outcomes[answer.id] = outcomeOf(answer);
  }
  return outcomes;
}

interface PartAnswer {
  readonly id: number | undefined;
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

function readPart(part: string): PartAnswer {
  const id = /^content-id:\s*(\d+)\s*$/im.exec(part)?.[1];
  const start = /^HTTP\/1\.1 (\d{3})/m.exec(part);
  if (start === null) throw malformed();
  const lines = part.slice(start.index).split(/\r?\n/);
  const end = lines.indexOf("");
  const headers: Record<string, string> = {};
  for (const line of lines.slice(1, end === -1 ? undefined : end)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return {
    id: id === undefined ? undefined : Number(id),
    status: Number(start[1]),
    headers,
    body: end === -1 ? "" : lines.slice(end + 1).join("\n"),
  };
}

function outcomeOf(answer: PartAnswer): Error | undefined {
  if (answer.status < 300) return undefined;
  const error = refusalOf(answer, answer.body, { write: true });
  return error.code === "NotFound" ? undefined : error;
}

const unanswered: StoreError = new StoreError({
  code: "Unavailable",
  message: "the batch's answer leaves this key out",
  committed: "unknown",
});

function malformed(): StoreError {
  return new StoreError({ code: "Unavailable", message: "the batch's answer cannot be read", committed: "unknown" });
}
