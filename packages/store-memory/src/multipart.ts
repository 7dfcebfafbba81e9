import { StoreError } from "@stowage/core";
import type {
  Bytes,
  DriverPart,
  DriverUpload,
  DriverWriteCall,
  DriverWritten,
  MultipartDriver,
  WriteConditions,
} from "@stowage/core";
import { nextIdentity } from "./containers.js";
import type { MemoryContainer, MemoryUpload } from "./containers.js";

type Store = (
  key: string,
  bytes: Bytes,
  attributes: DriverWriteCall["attributes"],
  conditions: WriteConditions | undefined,
) => DriverWritten;

/** Uploads live beside the objects until they are completed or aborted. */
export function memoryMultipart(container: () => MemoryContainer, store: Store): MultipartDriver {
  const open = (upload: Pick<DriverUpload, "key" | "id">): MemoryUpload => {
    const found = container().uploads.get(upload.id);
    if (found?.key === upload.key) return found;
    throw new StoreError({
      code: "NotFound",
      message: "no such upload: it was completed or aborted, or never begun",
      key: upload.key,
    });
  };
  return {
    async begin(key, { partSize, attributes }) {
      const id = nextIdentity();
      container().uploads.set(id, { key, partSize, attributes, initiated: new Date(), parts: new Map() });
      return { id };
    },

    async uploadPart(upload, partNumber, body): Promise<DriverPart> {
      const bytes = new Uint8Array(body.bytes ?? (await gathered(body.chunks())));
      const part = { bytes, etag: nextIdentity() };
      open(upload).parts.set(partNumber, part);
      return { partNumber, size: bytes.byteLength, etag: part.etag };
    },

    async listParts(upload): Promise<readonly DriverPart[]> {
      return [...open(upload).parts].map(([partNumber, { bytes, etag }]) => ({
        partNumber,
        size: bytes.byteLength,
        etag,
      }));
    },

    async complete(upload, parts, { conditions }): Promise<DriverWritten> {
      const known = open(upload);
      const pieces = parts.map(({ partNumber, etag }) => {
        const part = known.parts.get(partNumber);
        if (part?.etag === etag) return part.bytes;
        throw new StoreError({
          code: "InvalidArgument",
          message: `part ${partNumber} is missing or was replaced since`,
          key: upload.key,
        });
      });
      const written = store(upload.key, joined(pieces), known.attributes, conditions);
      container().uploads.delete(upload.id);
      return written;
    },

    async abort(upload) {
      container().uploads.delete(upload.id);
    },

    async *listUploads({ prefix }) {
      for (const [id, { key, initiated, partSize, attributes }] of container().uploads) {
        if (key.startsWith(prefix)) yield { key, id, initiated, partSize, attributes };
      }
    },
  };
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(new Uint8Array(chunk));
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
