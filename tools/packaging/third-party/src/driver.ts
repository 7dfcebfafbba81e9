import { createHash } from "node:crypto";
import { compareUtf8, evaluateReadConditions, resolveRange, StoreError } from "@stowage/core";
import type {
  ByteRange,
  DriverCapabilities,
  DriverDeleteCall,
  DriverInfo,
  DriverListCall,
  DriverListEntry,
  DriverListPage,
  DriverRead,
  DriverReadCall,
  DriverWriteCall,
  DriverWritten,
  StoreDriver,
  WriteBody,
} from "@stowage/core";
import { lockers } from "./lockers.js";
import type { Thing } from "./lockers.js";

const ENTRIES_A_PAGE = 100;

export class LockerDriver implements StoreDriver {
  readonly capabilities: DriverCapabilities = {
    native: ["conditionalRead", "createOnly", "replaceIf", "deleteIf", "attributes"],
    listOrder: "utf8",
    delimiters: "any",
    etag: "strong",
    keys: {
      emptySegments: true,
      trailingSlash: true,
      objectAndPrefix: true,
      distinctSpellings: true,
      serviceKeys: false,
    },
  };
  readonly #container: string;

  constructor(container: string) {
    this.#container = container;
  }

  async stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
    const info = own(this.#find(key).info);
    evaluateReadConditions(call.conditions, info);
    return info;
  }

  async read(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead> {
    const { info, bytes } = this.#find(key);
    evaluateReadConditions(call.conditions, info);
    const served = resolveRange(range, bytes.length);
    const chunk = bytes.slice(served.offset, served.offset + served.length);
    return { info: own(info), range: served, chunks: once(chunk) };
  }

  async write(
    key: string,
    body: WriteBody,
    { attributes, conditions, onBytes }: DriverWriteCall,
  ): Promise<DriverWritten> {
    const locker = this.#locker();
    const bytes = body.bytes === undefined ? await collect(body.chunks()) : new Uint8Array(body.bytes);
    const existing = locker.get(key)?.info;
    if (conditions?.ifNoneMatch === "*" && existing !== undefined) {
      throw new StoreError({ code: "AlreadyExists", message: "the key is taken", committed: false });
    }
    if (conditions?.ifMatch !== undefined && conditions.ifMatch !== existing?.etag) {
      throw new StoreError({ code: "PreconditionFailed", message: "the object has changed", committed: false });
    }
    const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
    const info = { size: bytes.length, etag, lastModified: new Date(), attributes };
    locker.set(key, { bytes, info });
    onBytes?.(bytes.length);
    return own(info);
  }

  async *list(call: DriverListCall): AsyncGenerator<DriverListPage> {
    const after = call.token === undefined ? undefined : readToken(call.token);
    const things = [...this.#locker()].filter(([key]) => isListed(key, call, after));
    const items = [...new Map(things.map(([key, thing]) => item(key, thing, call)))];
    items.sort(([a], [b]) => compareUtf8(a, b));
    const size = call.pageSize ?? ENTRIES_A_PAGE;
    for (let start = 0; start === 0 || start < items.length; start += size) {
      const page = items.slice(start, start + size);
      yield {
        entries: page.flatMap(([, entry]) => (entry === undefined ? [] : [entry])),
        prefixes: page.flatMap(([name, entry]) => (entry === undefined ? [name] : [])),
        token: start + size < items.length ? JSON.stringify({ after: page.at(-1)?.[0] }) : undefined,
      };
    }
  }

  async delete(key: string, { conditions }: DriverDeleteCall): Promise<void> {
    const locker = this.#locker();
    if (conditions?.ifMatch !== undefined && locker.get(key)?.info.etag !== conditions.ifMatch) {
      throw new StoreError({ code: "PreconditionFailed", message: "the object has changed", committed: false });
    }
    locker.delete(key);
  }

  async containerExists(): Promise<boolean> {
    return lockers.has(this.#container);
  }

  async close(): Promise<void> {}

  #locker(): Map<string, Thing> {
    const locker = lockers.get(this.#container);
    if (locker === undefined)
      throw new StoreError({ code: "ContainerNotFound", message: `no locker ${this.#container}` });
    return locker;
  }

  #find(key: string): Thing {
    const thing = this.#locker().get(key);
    if (thing === undefined) throw new StoreError({ code: "NotFound", message: "nothing of that name in the locker" });
    return thing;
  }
}

/** The last name of the page before. */
function readToken(token: string): string {
  const [, name] = /^\{"after":("(?:[^"\\]|\\.)*")\}$/s.exec(token) ?? [];
  if (name === undefined) throw new StoreError({ code: "InvalidArgument", message: "no token of this listing" });
  return String(JSON.parse(name));
}

/** A common prefix as the last name stands for everything below it; an object named like the prefix asked for stands for itself. */
function isListed(key: string, call: DriverListCall, lastName: string | undefined): boolean {
  const { prefix, delimiter, startAfter } = call;
  const isAfter = (name: string | undefined): boolean => name === undefined || compareUtf8(key, name) > 0;
  const group = delimiter !== undefined && lastName?.endsWith(delimiter) === true && lastName.length > prefix.length;
  const isBelow = group && key.startsWith(lastName);
  return key.startsWith(prefix) && isAfter(startAfter) && isAfter(lastName) && !isBelow;
}

/** An entry under its key, or the prefix that hides it. */
function item(
  key: string,
  { info }: Thing,
  { prefix, delimiter }: DriverListCall,
): [string, DriverListEntry | undefined] {
  const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
  if (end !== -1 && delimiter !== undefined) return [key.slice(0, end + delimiter.length), undefined];
  const { size, etag, lastModified } = own(info);
  return [key, { key, size, etag, lastModified }];
}

/** Dates can be changed by whoever holds them: each answer has its own. */
function own(info: DriverInfo): DriverInfo {
  return { ...info, lastModified: info.lastModified === undefined ? undefined : new Date(info.lastModified) };
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array, undefined, undefined> {
  yield chunk;
  return undefined;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  const bytes = new Uint8Array(all.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of all) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
