import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverReadCall,
  DriverWriteCall,
  DriverWritten,
  MultipartDriver,
  StoreDriver,
  WriteBody,
} from "@stowage/core";
import { forwardDriver, forwardMultipart, without } from "../instrument/forward.js";

type Awaitable<Value> = Value | Promise<Value>;

/** Every read as one answer in memory, as `alter` makes it; core derives all ways to read from it. */
export function alterReads(
  driver: StoreDriver,
  alter: (answer: DriverBytes, key: string, range: ByteRange | undefined) => Awaitable<DriverBytes>,
  read: (key: string, range: ByteRange | undefined, call: DriverReadCall) => Promise<DriverBytes> = (...args) =>
    readWhole(driver, ...args),
): StoreDriver {
  const changed = forwardDriver(driver, {
    async read(key, range, call) {
      const { info, range: served, bytes } = await alter(await read(key, range, call), key, range);
      return { info, range: served, chunks: oneChunk(bytes) };
    },
  });
  return without(changed, "readBytes", "readInto", "readRanges");
}

/** One read in memory, by the driver's stream. */
export async function readWhole(
  driver: StoreDriver,
  key: string,
  range: ByteRange | undefined,
  call: DriverReadCall,
): Promise<DriverBytes> {
  const { info, range: served, chunks } = await driver.read(key, range, call);
  const pieces: Uint8Array[] = [];
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) pieces.push(next.value);
  return { info, range: served, bytes: joined(pieces) };
}

/** Every write of a whole object, with its body in memory. */
export function alterWrites(
  driver: StoreDriver,
  write: (
    key: string,
    bytes: Bytes,
    call: DriverWriteCall,
    send: (bytes: Uint8Array, call?: DriverWriteCall, key?: string) => Promise<DriverWritten>,
  ) => Promise<DriverWritten>,
): StoreDriver {
  return forwardDriver(driver, {
    async write(key, body, call) {
      const bytes = await collected(body);
      return await write(key, bytes, call, (given, changed = call, at = key) =>
        driver.write(at, bodyOf(given), changed),
      );
    },
  });
}

export async function collected(body: WriteBody): Promise<Bytes> {
  if (body.bytes !== undefined) return Uint8Array.from(body.bytes);
  const pieces: Uint8Array[] = [];
  for await (const chunk of body.chunks()) pieces.push(chunk);
  return joined(pieces);
}

export function bodyOf(bytes: Uint8Array): WriteBody {
  return {
    size: bytes.byteLength,
    bytes,
    replayable: true,
    async *chunks() {
      yield bytes;
    },
  };
}

export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, undefined, undefined> {
  if (bytes.byteLength > 0) yield bytes;
  return undefined;
}

function joined(pieces: readonly Uint8Array[]): Bytes {
  return Uint8Array.from(Buffer.concat(pieces));
}

/** A driver that holds every key under another spelling, and lists it so. */
export function mapKeys(driver: StoreDriver, spell: (key: string) => string): StoreDriver {
  const { readBytes, readInto, readRanges, deleteMany, copyFrom, rename, presign, multipart } = forwardDriver(driver);
  return forwardDriver(driver, {
    stat: (key, call) => driver.stat(spell(key), call),
    read: (key, range, call) => driver.read(spell(key), range, call),
    write: (key, body, call) => driver.write(spell(key), body, call),
    delete: (key, call) => driver.delete(spell(key), call),
    ...(readBytes && { readBytes: (key, ...rest) => readBytes(spell(key), ...rest) }),
    ...(readInto && { readInto: (key, ...rest) => readInto(spell(key), ...rest) }),
    ...(readRanges && { readRanges: (key, ...rest) => readRanges(spell(key), ...rest) }),
    ...(deleteMany && { deleteMany: (keys, call) => deleteMany(keys.map(spell), call) }),
    ...(copyFrom && { copyFrom: (source, from, to, call) => copyFrom(source, spell(from), spell(to), call) }),
    ...(rename && { rename: (from, to, call) => rename(spell(from), spell(to), call) }),
    ...(presign && { presign: (key, call) => presign(spell(key), call) }),
    ...(multipart && {
      multipart: forwardMultipart(multipart, {
        begin: (key, options) => multipart.begin(spell(key), options),
        uploadPart: (upload, ...rest) => multipart.uploadPart({ ...upload, key: spell(upload.key) }, ...rest),
        complete: (upload, ...rest) => multipart.complete({ ...upload, key: spell(upload.key) }, ...rest),
        abort: (upload, call) => multipart.abort({ ...upload, key: spell(upload.key) }, call),
      }),
    }),
  });
}

/** One value a namespace, made when first asked for, shared by all handles. */
export function perNamespace<Value>(make: () => Value): (namespace: string) => Value {
  const values = new Map<string, Value>();
  return (namespace) => {
    const known = values.get(namespace);
    if (known !== undefined) return known;
    const made = make();
    values.set(namespace, made);
    return made;
  };
}

/** A few turns of the event loop: time for another call to come in between. */
export async function aMoment(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The driver with its multipart uploads as `make` changes them. */
export function alterMultipart(
  driver: StoreDriver,
  make: (multipart: MultipartDriver, below: StoreDriver) => Partial<MultipartDriver>,
): StoreDriver {
  const { multipart } = forwardDriver(driver);
  return multipart === undefined
    ? driver
    : forwardDriver(driver, { multipart: forwardMultipart(multipart, make(multipart, driver)) });
}
