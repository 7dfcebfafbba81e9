// A driver whose every call a test can watch, delay, fail or bend. It keeps objects in memory and is otherwise honest.
import {
  compareUtf16,
  compareUtf8,
  evaluateReadConditions,
  LIST_PAGE_DEFAULT,
  resolveRange,
  StoreError,
} from "../../src/index.js";
import type {
  Bytes,
  DriverCall,
  DriverCapabilities,
  DriverInfo,
  DriverListCall,
  DriverListPage,
  DriverPart,
  DriverRead,
  DriverReadCall,
  DriverUploadSummary,
  DriverWriteCall,
  DriverWritten,
  Feature,
  MultipartDriver,
  ObjectAttributes,
  StoreDriver,
  WriteBody,
  WriteConditions,
} from "../../src/index.js";

export interface Stored {
  readonly bytes: Bytes;
  readonly etag: string;
  readonly attributes: ObjectAttributes;
}

export type Method =
  | Exclude<keyof StoreDriver, "capabilities" | "multipart" | "endpoint">
  | "begin"
  | "uploadPart"
  | "listParts"
  | "complete"
  | "abort"
  | "listUploads";

export interface Call {
  readonly method: Method;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly detail: string;
}

export interface Scripted {
  readonly driver: StoreDriver;
  readonly objects: Map<string, Stored>;
  readonly uploads: Map<string, { readonly key: string; readonly parts: Map<number, Bytes> }>;
  readonly calls: Call[];
  /** Streams opened and not yet ended or returned. */
  openStreams: number;
  closed: number;
  /** Runs before a call of `method`; what it throws is what the call rejects with. */
  on(method: Method, act: (call: Call) => void | Promise<void>): void;
  /** The next calls of `method` fail with these, one each. */
  fail(method: Method, ...errors: unknown[]): void;
  /** Bends what `read` serves. */
  bendRead: ((read: DriverRead) => DriverRead) | undefined;
  bendBytes:
    | ((answer: { info: DriverInfo; range: { offset: number; length: number }; bytes: Bytes }) => typeof answer)
    | undefined;
  put(key: string, bytes: string | Uint8Array): string;
  text(key: string): string | undefined;
  count(method: Method): number;
}

type Optional =
  | "readBytes"
  | "readInto"
  | "readRanges"
  | "deleteMany"
  | "copyFrom"
  | "rename"
  | "presign"
  | "cleanup"
  | "multipart";

export interface ScriptedOptions extends Partial<Omit<DriverCapabilities, "native">> {
  readonly native?: readonly Feature[];
  /** Optional methods that are there. */
  readonly methods?: readonly Optional[];
  readonly listPage?: number;
  readonly chunk?: number;
  readonly endpoint?: string;
}

const everywhere: readonly Feature[] = [
  ...(["conditionalRead", "createOnly", "replaceIf", "deleteIf", "attributes", "multipart", "listParts"] as const),
  ...(["listUploads", "getInto", "getRanges", "deleteMany", "copy", "copyCreateOnly", "rename", "presign"] as const),
  "cleanup",
];

export function scripted(options: ScriptedOptions = {}): Scripted {
  const {
    methods = ["readBytes", "readInto", "multipart"],
    native = everywhere,
    listPage,
    chunk = 4,
    endpoint,
  } = options;
  const { listOrder = "utf8", delimiters = "any", etag = "strong", ...others } = options;
  const hooks = new Map<Method, (call: Call) => void | Promise<void>>();
  const failures = new Map<Method, unknown[]>();
  let identity = 0;
  const state: Omit<Scripted, "driver"> = {
    objects: new Map(),
    uploads: new Map(),
    calls: [],
    openStreams: 0,
    closed: 0,
    bendRead: undefined,
    bendBytes: undefined,
    on: (method, act) => void hooks.set(method, act),
    fail: (method, ...errors) => void failures.set(method, [...(failures.get(method) ?? []), ...errors]),
    put(key, bytes) {
      return write(key, typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes)).etag;
    },
    text(key) {
      const stored = state.objects.get(key);
      return stored === undefined ? undefined : new TextDecoder().decode(stored.bytes);
    },
    count: (method) => state.calls.filter((call) => call.method === method).length,
  };
  const write = (
    key: string,
    bytes: Bytes,
    attributes: ObjectAttributes = { contentType: "application/octet-stream", metadata: {} },
    conditions?: WriteConditions,
  ): DriverWritten => {
    const existing = state.objects.get(key);
    if (conditions?.ifNoneMatch !== undefined && existing !== undefined) {
      throw new StoreError({ code: "AlreadyExists", message: "exists" });
    }
    if (conditions?.ifMatch !== undefined && conditions.ifMatch !== existing?.etag) {
      throw new StoreError({ code: "PreconditionFailed", message: "another etag" });
    }
    identity += 1;
    const stored = { bytes, etag: `e${identity}`, attributes };
    state.objects.set(key, stored);
    return { size: bytes.byteLength, etag: stored.etag };
  };
  const enter = async (method: Method, key: string, call: Partial<DriverCall> = {}, detail = ""): Promise<void> => {
    const made = { method, key, signal: call.signal, detail };
    state.calls.push(made);
    const [error] = failures.get(method)?.splice(0, 1) ?? [];
    if (error !== undefined) throw error;
    await hooks.get(method)?.(made);
  };
  const find = (key: string, call?: DriverReadCall): Stored => {
    const stored = state.objects.get(key);
    if (stored === undefined) throw new StoreError({ code: "NotFound", message: "no such object" });
    evaluateReadConditions(call?.conditions, { etag: stored.etag, lastModified: undefined });
    return stored;
  };
  const infoOf = ({ bytes, etag: tag, attributes }: Stored): DriverInfo => ({
    size: bytes.byteLength,
    etag: tag,
    lastModified: undefined,
    attributes,
  });
  const all: StoreDriver = {
    capabilities: {
      native: [...native],
      listOrder,
      delimiters,
      etag,
      keys: {
        emptySegments: true,
        trailingSlash: true,
        objectAndPrefix: true,
        distinctSpellings: true,
        serviceKeys: true,
      },
      multipart: { concurrent: "independent", abortReclaims: true, unequalParts: true },
      ...others,
    },
    endpoint,
    async stat(key, call) {
      await enter("stat", key, call);
      return infoOf(find(key, call));
    },
    async read(key, range, call) {
      await enter("read", key, call, JSON.stringify(range ?? null));
      const stored = find(key, call);
      const served = resolveRange(range, stored.bytes.byteLength);
      const bytes = stored.bytes.slice(served.offset, served.offset + served.length);
      state.openStreams += 1;
      const read: DriverRead = { info: infoOf(stored), range: served, chunks: chunksOf(bytes, chunk) };
      const bent = state.bendRead?.(read) ?? read;
      return { ...bent, chunks: counted(bent.chunks, () => (state.openStreams -= 1)) };
    },
    async readBytes(key, range, limit, call, allocate) {
      await enter("readBytes", key, call, JSON.stringify({ range, limit }));
      const stored = find(key, call);
      const served = resolveRange(range, stored.bytes.byteLength);
      const length = Math.min(served.length, limit);
      const bytes = allocate?.(length) ?? new Uint8Array(length);
      bytes.set(stored.bytes.subarray(served.offset, served.offset + length));
      const answer = { info: infoOf(stored), range: { offset: served.offset, length }, bytes };
      return state.bendBytes?.(answer) ?? answer;
    },
    async readInto(key, offset, target, call) {
      await enter("readInto", key, call, JSON.stringify({ offset, length: target.byteLength }));
      const stored = find(key, call);
      if (offset > 0 || stored.bytes.byteLength > 0) resolveRange({ offset }, stored.bytes.byteLength);
      const bytes = stored.bytes.subarray(offset, offset + target.byteLength);
      target.set(bytes);
      return { info: infoOf(stored), bytesRead: bytes.byteLength };
    },
    async readRanges(key, ranges, call) {
      await enter("readRanges", key, call, JSON.stringify(ranges));
      const stored = find(key, call);
      const bytes = ranges.map(({ offset, length }) => stored.bytes.slice(offset, offset + length));
      return { info: infoOf(stored), bytes };
    },
    async write(key, body, call: DriverWriteCall) {
      await enter("write", key, call);
      const bytes = await collect(body, call);
      call.onBytes?.(bytes.byteLength);
      return write(key, bytes, call.attributes, call.conditions);
    },
    list: (call) => listing(call),
    async delete(key, call) {
      await enter("delete", key, call);
      const expected = call.conditions?.ifMatch;
      if (expected !== undefined && state.objects.get(key)?.etag !== expected) {
        throw new StoreError({ code: "PreconditionFailed", message: "another etag" });
      }
      state.objects.delete(key);
    },
    async deleteMany(keys, call) {
      await enter("deleteMany", keys.join(), call);
      return keys.map((key) => {
        const [error] = failures.get("delete")?.splice(0, 1) ?? [];
        if (error instanceof Error) return error;
        state.objects.delete(key);
        return undefined;
      });
    },
    async copyFrom(_source, sourceKey, key, call) {
      call.onBytes?.((state.objects.get(sourceKey)?.bytes.byteLength ?? 0) / 2);
      await enter("copyFrom", key, call, sourceKey);
      const stored = find(sourceKey);
      return write(key, stored.bytes, call.attributes ?? stored.attributes, call.conditions);
    },
    async rename(from, to, call) {
      await enter("rename", from, call, to);
      const stored = find(from);
      const written = write(to, stored.bytes, stored.attributes, call.conditions);
      state.objects.delete(from);
      return written;
    },
    async presign(key, call) {
      await enter("presign", key, {}, call.method);
      return { url: `https://box/${key}?sig=secret`, method: call.method, headers: {}, expiresAt: new Date(0) };
    },
    async cleanup({ olderThanMs }) {
      await enter("cleanup", String(olderThanMs));
      return { files: 1, bytes: 2 };
    },
    async containerExists(call) {
      await enter("containerExists", "", call);
      return true;
    },
    async close() {
      state.closed += 1;
      await enter("close", "");
    },
    multipart: multipartOf(),
  };

  async function* listing(call: DriverListCall): AsyncGenerator<DriverListPage> {
    const { prefix, delimiter, pageSize = listPage ?? LIST_PAGE_DEFAULT } = call;
    const compare = listOrder === "utf16" ? compareUtf16 : compareUtf8;
    let after = call.token ?? call.startAfter;
    let afterGroup = call.token?.endsWith(delimiter ?? "\0") === true;
    for (;;) {
      await enter("list", prefix, call, JSON.stringify({ after, delimiter }));
      const keys = [...state.objects.keys()].filter((key) => key.startsWith(prefix)).sort(compare);
      const names: string[] = [];
      for (const key of keys) {
        if (after !== undefined && (compare(key, after) <= 0 || (afterGroup && key.startsWith(after)))) continue;
        const at = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
        const name = at === -1 ? key : key.slice(0, at + (delimiter?.length ?? 0));
        if (names.at(-1) !== name) names.push(name);
      }
      const page = names.slice(0, pageSize);
      const isGroup = (name: string): boolean =>
        delimiter !== undefined && name.indexOf(delimiter, prefix.length) !== -1;
      const entries = page.filter((name) => !isGroup(name)).map((key) => ({ key, ...infoOf(find(key)) }));
      after = page.at(-1);
      afterGroup = after !== undefined && isGroup(after);
      const token = names.length > pageSize ? after : undefined;
      yield { entries, prefixes: page.filter(isGroup), token };
      if (token === undefined) return;
    }
  }

  function multipartOf(): MultipartDriver {
    const open = (id: string): { readonly key: string; readonly parts: Map<number, Bytes> } => {
      const upload = state.uploads.get(id);
      if (upload === undefined) throw new StoreError({ code: "NotFound", message: "no such upload" });
      return upload;
    };
    const partOf = (partNumber: number, bytes: Bytes): DriverPart => ({
      partNumber,
      size: bytes.byteLength,
      etag: `p${partNumber}-${bytes.byteLength}`,
    });
    return {
      async begin(key, call) {
        await enter("begin", key, call);
        identity += 1;
        const id = `u${identity}`;
        state.uploads.set(id, { key, parts: new Map() });
        return { id };
      },
      async uploadPart(upload, partNumber, body, call) {
        await enter("uploadPart", upload.key, call, String(partNumber));
        const bytes = await collect(body, call);
        open(upload.id).parts.set(partNumber, bytes);
        return partOf(partNumber, bytes);
      },
      async listParts(upload, call) {
        await enter("listParts", upload.key, call);
        return [...open(upload.id).parts].map(([number, bytes]) => partOf(number, bytes));
      },
      async complete(upload, parts, call) {
        await enter("complete", upload.key, call);
        const known = open(upload.id);
        const bytes = Buffer.concat(parts.map(({ partNumber }) => known.parts.get(partNumber) ?? new Uint8Array(0)));
        const written = write(upload.key, new Uint8Array(bytes), upload.attributes, call.conditions);
        state.uploads.delete(upload.id);
        return written;
      },
      async abort(upload, call) {
        await enter("abort", upload.key, call);
        state.uploads.delete(upload.id);
      },
      async *listUploads({ prefix, ...call }): AsyncGenerator<DriverUploadSummary> {
        await enter("listUploads", prefix, call);
        for (const [id, { key }] of state.uploads) {
          if (key.startsWith(prefix)) yield { key, id, initiated: undefined, partSize: undefined };
        }
      },
    };
  }

  const optional: readonly Optional[] = [
    ...(["readBytes", "readInto", "readRanges", "deleteMany", "copyFrom", "rename", "presign", "cleanup"] as const),
    "multipart",
  ];
  const driver: StoreDriver = { ...all };
  for (const name of optional) if (!methods.includes(name)) Reflect.deleteProperty(driver, name);
  return Object.assign(state, { driver });
}

async function collect(body: WriteBody, call: DriverCall): Promise<Bytes> {
  if (body.bytes !== undefined) return new Uint8Array(body.bytes);
  const chunks: Uint8Array[] = [];
  for await (const piece of body.chunks()) {
    call.signal?.throwIfAborted();
    chunks.push(new Uint8Array(piece));
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function* chunksOf(bytes: Bytes, size: number): AsyncGenerator<Uint8Array, undefined, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
  return undefined;
}

/** Counts the end of a stream once, whether it came by itself, by an error or by return(). */
function counted(
  chunks: AsyncIterator<Uint8Array, undefined, undefined>,
  onEnd: () => void,
): AsyncIterator<Uint8Array, undefined, undefined> {
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd();
    ended = true;
  };
  return {
    async next() {
      try {
        const step = await chunks.next();
        if (step.done === true) end();
        return step;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      await chunks.return?.();
      return { done: true, value: undefined };
    },
  };
}
