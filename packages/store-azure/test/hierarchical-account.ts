import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";

const PAGE = 3;
const MODIFIED = "Mon, 23 Nov 2026 08:00:00 GMT";

/**
 * One container of an account with a hierarchical namespace, as far as directories differ from objects: List Blobs tells them by
 * `ResourceType`, Get Blob Properties by `x-ms-resource-type`, Delete Blob and Blob Batch refuse one that is not empty
 * (`DirectoryIsNotEmpty`). The answers have the form of Microsoft's reference of List Blobs, Delete Blob and Blob Batch; no emulator
 * has such accounts.
 */
export class HierarchicalAccount implements AsyncDisposable {
  /** What there is: `undefined` is a directory. */
  readonly blobs: Map<string, Buffer | undefined> = new Map();
  /** Keys in the order in which they were deleted. */
  readonly deleted: string[] = [];
  readonly endpoint: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${port}/account`;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  static async start(): Promise<HierarchicalAccount> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new HierarchicalAccount(server, address.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.endpoint);
    const body = await text(request);
    const key = keyOf(url.pathname);
    if (url.searchParams.get("comp") === "list") this.#list(url.searchParams, response);
    else if (url.searchParams.get("comp") === "batch") this.#batch(body, response);
    else if (request.method === "DELETE") refuseOrAccept(response, this.#delete(key));
    else this.#read(key, request.method === "HEAD", response);
  }

  #read(key: string, headOnly: boolean, response: ServerResponse): void {
    if (!this.blobs.has(key)) {
      refuseOrAccept(response, [404, "BlobNotFound"]);
      return;
    }
    const bytes = this.blobs.get(key);
    const directory = bytes === undefined;
    response.writeHead(200, {
      "content-length": bytes?.byteLength ?? 0,
      "content-type": "application/octet-stream",
      "x-ms-blob-type": "BlockBlob",
      "x-ms-resource-type": directory ? "directory" : "file",
      ...(directory ? { "x-ms-meta-hdi_isfolder": "true" } : {}),
      etag: '"0x8DE"',
      "last-modified": MODIFIED,
    });
    response.end(headOnly ? undefined : bytes);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("marker") ?? "";
    const keys = [...this.blobs.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const blobs = keys.slice(0, PAGE).map((key) => {
      const bytes = this.blobs.get(key);
      const type = bytes === undefined ? "directory" : "file";
      return `<Blob><Name>${key}</Name><Properties><Creation-Time>${MODIFIED}</Creation-Time><Last-Modified>${MODIFIED}</Last-Modified><Etag>0x8DE</Etag><ResourceType>${type}</ResourceType><Content-Length>${bytes?.byteLength ?? 0}</Content-Length><BlobType>BlockBlob</BlobType></Properties><OrMetadata /></Blob>`;
    });
    const marker = keys.length > PAGE ? `<NextMarker>${keys[PAGE - 1]}</NextMarker>` : "<NextMarker />";
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(
      `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="${this.endpoint}" ContainerName="container"><Blobs>${blobs.join("")}</Blobs>${marker}</EnumerationResults>`,
    );
  }

  #batch(body: string, response: ServerResponse): void {
    const parts = [...body.matchAll(/Content-ID: (\d+)\r\n\r\nDELETE (\S+) /g)].map(([, id, path]) => {
      const [status, code] = this.#delete(keyOf(path ?? ""));
      const error = code === undefined ? "" : `x-ms-error-code: ${code}\r\n`;
      return `--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\nHTTP/1.1 ${status} Answer\r\n${error}x-ms-request-id: r\r\n\r\n`;
    });
    response.writeHead(202, { "content-type": "multipart/mixed; boundary=batchresponse_1" });
    response.end(`${parts.join("")}--batchresponse_1--`);
  }

  #delete(key: string): readonly [status: number, code?: string] {
    if (!this.blobs.has(key)) return [404, "BlobNotFound"];
    if ([...this.blobs.keys()].some((other) => other.startsWith(`${key}/`))) return [409, "DirectoryIsNotEmpty"];
    this.blobs.delete(key);
    this.deleted.push(key);
    return [202];
  }
}

function keyOf(path: string): string {
  return decodeURIComponent(path.replace(/^\/account\/container\/?/, ""));
}

function refuseOrAccept(response: ServerResponse, [status, code]: readonly [status: number, code?: string]): void {
  response.writeHead(status, code === undefined ? {} : { "x-ms-error-code": code });
  response.end();
}
