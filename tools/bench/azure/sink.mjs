// Child process: answers in Azure Blob's form, out of memory and without checking anything, so that the client is what is
// measured. Objects have the size that their key ends in: `anything-16384`.
import { createServer } from "node:http";

const NAMES_A_PAGE = 5_000;
const PAGES = 4;
const PATTERN = 0x5a;

/** Grown to the largest range asked for. */
let body = Buffer.alloc(1_024, PATTERN);
const pages = Array.from({ length: PAGES }, (_, page) => Buffer.from(listing(page)));

const headers = {
  etag: '"0x8DE2A5D6B7C8E90"',
  "last-modified": "Mon, 23 Nov 2026 08:00:00 GMT",
  "x-ms-request-id": "5c8e3a3e-501e-0000-0000-000000000000",
  "x-ms-version": "2021-12-02",
  "x-ms-blob-type": "BlockBlob",
  "content-type": "application/octet-stream",
};

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { method, url = "" } = request;
  if (method === "GET") {
    request.resume();
    if (url.includes("comp=list")) return answerList(url, response);
    if (url.includes("comp=blocklist")) return answerBlocks(url, response);
    return answerRange(url, request.headers.range ?? String(request.headers["x-ms-range"] ?? ""), response);
  }
  if (method === "HEAD") {
    request.resume();
    response.writeHead(200, { ...headers, "content-length": sizeOf(url), "accept-ranges": "bytes" });
    return response.end();
  }
  // The block that stands for an upload has to be found again when the upload is completed.
  const block = /[?&]blockid=([^&]+)/.exec(url)?.[1];
  let received = 0;
  request.on("data", (/** @type {Buffer} */ chunk) => (received += chunk.length));
  request.on("end", () => {
    if (block !== undefined) remember(url, decodeURIComponent(block), received);
    response.writeHead(201, { ...headers, "content-length": 0 });
    response.end();
  });
});

/** @type {Map<string, Map<string, number>>} */
const blocks = new Map();

/** @param {string} url @param {string} id @param {number} size */
function remember(url, id, size) {
  const path = url.split("?")[0] ?? "";
  const known = blocks.get(path) ?? new Map();
  known.set(id, size);
  blocks.set(path, known);
}

/** @param {string} url @param {import("node:http").ServerResponse} response */
function answerBlocks(url, response) {
  const known = blocks.get(url.split("?")[0] ?? "") ?? new Map();
  const list = [...known].map(([id, size]) => `<Block><Name>${id}</Name><Size>${size}</Size></Block>`).join("");
  blocks.delete(url.split("?")[0] ?? "");
  const xml = `<?xml version="1.0" encoding="utf-8"?><BlockList><UncommittedBlocks>${list}</UncommittedBlocks></BlockList>`;
  response.writeHead(200, { ...headers, "content-type": "application/xml", "content-length": Buffer.byteLength(xml) });
  response.end(xml);
}

/** @param {string} url @param {string} range @param {import("node:http").ServerResponse} response */
function answerRange(url, range, response) {
  const size = sizeOf(url);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(size, last === undefined || last === "" ? size : Number(last) + 1);
  if (body.length < end - start) body = Buffer.alloc(end - start, PATTERN);
  response.writeHead(first === undefined ? 200 : 206, {
    ...headers,
    "content-length": end - start,
    ...(first === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${size}` }),
  });
  response.end(body.subarray(0, end - start));
}

/** @param {string} url @param {import("node:http").ServerResponse} response */
function answerList(url, response) {
  const page = Number(/[?&]marker=page(\d+)/.exec(url)?.[1] ?? 0);
  const xml = pages[page] ?? pages[0] ?? Buffer.alloc(0);
  response.writeHead(200, { ...headers, "content-type": "application/xml", "content-length": xml.length });
  response.end(xml);
}

/** @param {number} page */
function listing(page) {
  const blobs = Array.from(
    { length: NAMES_A_PAGE },
    (_, index) =>
      `<Blob><Name>data/2026/shard-${page}-${String(index).padStart(6, "0")}.tar</Name><Properties><Creation-Time>Mon, 23 Nov 2026 08:00:00 GMT</Creation-Time><Last-Modified>Mon, 23 Nov 2026 08:00:00 GMT</Last-Modified><Etag>0x8DE2A5D6B${String(index).padStart(6, "0")}</Etag><Content-Length>${index}</Content-Length><Content-Type>application/x-tar</Content-Type><Content-Encoding /><Content-Language /><Content-CRC64 /><Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5><Cache-Control /><Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties><OrMetadata /></Blob>`,
  ).join("");
  const next = page + 1 < PAGES ? `<NextMarker>page${page + 1}</NextMarker>` : "<NextMarker />";
  return `\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://127.0.0.1/acct/" ContainerName="bench"><MaxResults>${NAMES_A_PAGE}</MaxResults><Blobs>${blobs}</Blobs>${next}</EnumerationResults>`;
}

/** @param {string} url */
function sizeOf(url) {
  return Number(/-(\d+)(?:\?|$)/.exec(url)?.[1] ?? 0);
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.once("disconnect", () => process.exit(0));
