// Child process: answers in Azure Blob's form, out of memory and without checking any signature, on bare sockets, so that the
// client is what is measured. Objects have the size that their key ends in (`anything-16384`); what is uploaded is compared at
// samples with what it should be (measure/pattern.mjs) and refused when it differs.
import { createServer } from "node:net";
import { expectedByte } from "../measure/pattern.mjs";
import { listingPages } from "./listing.mjs";

/** Served from, at any offset within the pattern's period, `SERVED` bytes in one write. */
const SERVED = 2 ** 20;
const PERIOD = 2 ** 20 - 3;
const pattern = Buffer.from(Uint8Array.from({ length: PERIOD + SERVED }, (_, offset) => expectedByte(offset)));
const pages = listingPages();

/** What Get Blob, Put Blob and List Blobs answer, by Microsoft's documentation. */
const COMMON =
  "Server: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0\r\nx-ms-request-id: 5c8e3a3e-501e-0000-0000-000000000000\r\nx-ms-version: 2021-12-02\r\nDate: Mon, 23 Nov 2026 08:00:00 GMT\r\n";
const WRITTEN = `${COMMON}ETag: "0x8DE2A5D6B7C8E90"\r\nLast-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\n`;
const OBJECT = `${WRITTEN}Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\nx-ms-creation-time: Mon, 23 Nov 2026 08:00:00 GMT\r\nx-ms-blob-type: BlockBlob\r\nx-ms-lease-status: unlocked\r\nx-ms-lease-state: available\r\nx-ms-server-encrypted: true\r\n`;
const CREATED = `HTTP/1.1 201 Created\r\n${WRITTEN}x-ms-request-server-encrypted: true\r\nContent-Length: 0\r\n\r\n`;
const WRONG = `HTTP/1.1 400 Bad Request\r\n${COMMON}x-ms-error-code: Md5Mismatch\r\nContent-Length: 0\r\n\r\n`;

/**
 * A block that was uploaded: its size, and samples of what is in it.
 *
 * @typedef {{ size: number, samples: [offset: number, byte: number][] }} Received
 */

/** Uncommitted blocks, by path and id. @type {Map<string, Map<string, Received>>} */
const blocks = new Map();

const server = createServer({ noDelay: true }, (socket) => {
  let head = "";
  let left = 0;
  /** @type {Received} */
  let received = { size: 0, samples: [] };
  /** @type {string[]} */
  let text = [];
  socket.on("error", () => socket.destroy());
  socket.on("data", (/** @type {Buffer} */ data) => {
    let at = 0;
    while (at < data.length) {
      if (left === 0) {
        const end = data.indexOf("\r\n\r\n", at, "latin1");
        if (end === -1) {
          head += data.latin1Slice(at);
          return;
        }
        head += data.latin1Slice(at, end + 4);
        at = end + 4;
        left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        received = { size: 0, samples: [] };
        text = [];
        if (/\r\nexpect: *100-continue/i.test(head)) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      }
      const taken = Math.min(left, data.length - at);
      if (taken > 0) {
        const last = at + taken - 1;
        received.samples.push([received.size, data[at] ?? 0], [received.size + taken - 1, data[last] ?? 0]);
        received.size += taken;
        if (head.includes("comp=blocklist")) text.push(data.latin1Slice(at, last + 1));
        at += taken;
        left -= taken;
      }
      if (left > 0) continue;
      answer(socket, head, received, text.join(""));
      head = "";
    }
  });
});

/** @param {import("node:net").Socket} socket @param {string} head @param {Received} received @param {string} text */
function answer(socket, head, received, text) {
  const [method = "", target = ""] = head.split(" ", 2);
  const [path = "", query = ""] = target.split("?", 2);
  if (method === "GET" && query.includes("comp=blocklist")) return answerBlocks(socket, path);
  if (method === "GET" && query.includes("comp=list")) return answerPage(socket, query);
  if (method === "GET") return answerBytes(socket, path, /\r\n(?:x-ms-)?range: *bytes=(\d+)-(\d*)/i.exec(head));
  if (method === "HEAD") {
    return void socket.write(`HTTP/1.1 200 OK\r\n${OBJECT}Content-Length: ${sizeOf(path)}\r\n\r\n`);
  }
  const block = /(?:^|&)blockid=([^&]+)/.exec(query)?.[1];
  if (block !== undefined) stage(path, decodeURIComponent(block), received);
  const sound =
    block !== undefined ||
    (query.includes("comp=blocklist") ? isCommitSound(path, text) : isSound(received, sizeOf(path), 0));
  socket.write(sound ? CREATED : WRONG);
}

/** @param {string} path @param {string} id @param {Received} received */
function stage(path, id, received) {
  const staged = blocks.get(path) ?? new Map();
  staged.set(id, received);
  blocks.set(path, staged);
}

/** Do the blocks of a block list make the object that its key promises? @param {string} path @param {string} xml */
function isCommitSound(path, xml) {
  const staged = blocks.get(path);
  blocks.delete(path);
  let offset = 0;
  for (const [, id = ""] of xml.matchAll(/<(?:Uncommitted|Latest)>([^<]+)</g)) {
    const block = staged?.get(id);
    if (block === undefined || !isSound(block, block.size, offset)) return false;
    offset += block.size;
  }
  return offset === sizeOf(path);
}

/** @param {Received} received @param {number} size @param {number} offset of it in the object */
function isSound({ size, samples }, expected, offset) {
  return size === expected && samples.every(([at, byte]) => byte === expectedByte(offset + at));
}

/** @param {import("node:net").Socket} socket @param {string} path */
function answerBlocks(socket, path) {
  const staged = [...(blocks.get(path) ?? [])];
  const list = staged.map(([id, { size }]) => `<Block><Name>${id}</Name><Size>${size}</Size></Block>`).join("");
  const xml = `<?xml version="1.0" encoding="utf-8"?><BlockList><UncommittedBlocks>${list}</UncommittedBlocks></BlockList>`;
  socket.write(
    `HTTP/1.1 200 OK\r\n${WRITTEN}Content-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(xml)}\r\n\r\n${xml}`,
  );
}

/** @param {import("node:net").Socket} socket @param {string} path @param {RegExpExecArray | null} range */
function answerBytes(socket, path, range) {
  const size = sizeOf(path);
  const first = Number(range?.[1] ?? 0);
  const end = Math.min(size, range?.[2] ? Number(range[2]) + 1 : size);
  const ranged = range === null ? "" : `Content-Range: bytes ${first}-${end - 1}/${size}\r\n`;
  socket.cork();
  socket.write(
    `HTTP/1.1 ${range === null ? "200 OK" : "206 Partial Content"}\r\n${OBJECT}${ranged}Content-Length: ${end - first}\r\n\r\n`,
  );
  for (let at = first; at < end; at += SERVED) {
    const from = at % PERIOD;
    socket.write(pattern.subarray(from, from + Math.min(SERVED, end - at)));
  }
  socket.uncork();
}

/** @param {import("node:net").Socket} socket @param {string} query */
function answerPage(socket, query) {
  const page = pages[Number(/(?:^|&)marker=page(\d+)/.exec(query)?.[1] ?? 0)] ?? Buffer.alloc(0);
  socket.cork();
  socket.write(`HTTP/1.1 200 OK\r\n${COMMON}Content-Type: application/xml\r\nContent-Length: ${page.length}\r\n\r\n`);
  socket.write(page);
  socket.uncork();
}

/** @param {string} path */
function sizeOf(path) {
  return Number(/-(\d+)$/.exec(path)?.[1] ?? 0);
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.send?.({ port: address.port });
});
process.once("disconnect", () => process.exit(0));
