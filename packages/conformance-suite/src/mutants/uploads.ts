import { StoreError } from "@stowage/core";
import type { DriverPart } from "@stowage/core";
import { alterMultipart, bodyOf, collected, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

const quiet = { signal: undefined, timeouts: { connect: undefined, idle: undefined }, native: undefined };

export const uploadMutants: readonly Mutant[] = defineMutants("wrong upload", (define) => {
  define("mp-drops-last-part", "the last part is lost at the end", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        complete: (upload, parts, call) =>
          multipart.complete(upload, parts.length > 1 ? parts.slice(0, -1) : parts, call),
      })),
  }));
  define("mp-order-of-arrival", "parts are joined in the order of arrival", () => {
    const arrived = new Map<string, DriverPart[]>();
    return {
      driver: (driver) =>
        alterMultipart(driver, (multipart) => ({
          async uploadPart(upload, number, body, call) {
            const list = arrived.get(upload.id) ?? [];
            arrived.set(upload.id, list);
            const wanted = list.length + 1;
            const part = await multipart.uploadPart(
              upload,
              list.some(({ partNumber }) => partNumber === number) ? number : wanted,
              body,
              call,
            );
            list.push({ ...part, partNumber: number });
            return { ...part, partNumber: number };
          },
          listParts: async (upload) =>
            [...(arrived.get(upload.id) ?? [])].toSorted((one, other) => one.partNumber - other.partNumber),
          complete: async (upload, parts, call) =>
            multipart.complete(upload, (await multipart.listParts?.(upload, call)) ?? parts, call),
        })),
    };
  });
  define("mp-first-part-wins", "a part sent again is ignored", () => {
    const sent = new Map<string, DriverPart>();
    return {
      driver: (driver) =>
        alterMultipart(driver, (multipart) => ({
          async uploadPart(upload, number, body, call) {
            const known = sent.get(`${upload.id}/${number}`);
            if (known !== undefined) return known;
            const part = await multipart.uploadPart(upload, number, body, call);
            sent.set(`${upload.id}/${number}`, part);
            return part;
          },
        })),
    };
  });
  define("mp-part-keeps-tail", "a part replaced by a shorter one keeps its tail", () => {
    const sent = new Map<string, Uint8Array>();
    return {
      driver: (driver) =>
        alterMultipart(driver, (multipart) => ({
          async uploadPart(upload, number, body, call) {
            const bytes = await collected(body);
            const old = sent.get(`${upload.id}/${number}`)?.subarray(bytes.byteLength) ?? new Uint8Array(0);
            sent.set(`${upload.id}/${number}`, bytes);
            const part = await multipart.uploadPart(upload, number, bodyOf(Buffer.concat([bytes, old])), call);
            return { ...part, size: bytes.byteLength };
          },
        })),
    };
  });
  define("mp-visible-early", "an object shows with its first part", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart, below) => ({
        async uploadPart(upload, number, body, call) {
          const bytes = await collected(body);
          const part = await multipart.uploadPart(upload, number, bodyOf(bytes), call);
          if (number === 1)
            await below.write(upload.key, bodyOf(bytes), {
              ...quiet,
              attributes: upload.attributes,
              conditions: undefined,
              onBytes: undefined,
            });
          return part;
        },
      })),
  }));
  define("mp-begin-deletes", "beginning an upload removes the object under its key", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart, below) => ({
        async begin(key, options) {
          await below.delete(key, { ...quiet, conditions: undefined, versionId: undefined });
          return await multipart.begin(key, options);
        },
      })),
  }));
  define("mp-shared-blocks", "arrow-rs #6869: parts of two uploads to one key share their names", () => {
    const blocks = perNamespace(() => new Map<string, Uint8Array<ArrayBuffer>>());
    return {
      driver: (driver, namespace) =>
        alterMultipart(driver, (multipart) => ({
          async uploadPart(upload, number, body, call) {
            const bytes = await collected(body);
            blocks(namespace).set(`${upload.key}/${number}`, bytes);
            return await multipart.uploadPart(upload, number, bodyOf(bytes), call);
          },
          async complete(upload, parts, call) {
            for (const { partNumber } of parts) {
              const bytes = blocks(namespace).get(`${upload.key}/${partNumber}`);
              if (bytes !== undefined) await multipart.uploadPart(upload, partNumber, bodyOf(bytes), call);
            }
            return await multipart.complete(upload, (await multipart.listParts?.(upload, call)) ?? parts, call);
          },
        })),
    };
  });
  define("mp-abort-commits", "abort makes the object visible", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async abort(upload, call) {
          const whole = {
            ...upload,
            partSize: 0,
            attributes: { contentType: "application/octet-stream", metadata: {} },
          };
          const parts = await multipart.listParts?.(whole, call).catch(() => undefined);
          if (parts !== undefined)
            await multipart.complete(whole, parts, { ...call, conditions: undefined }).catch(() => {});
        },
      })),
  }));
  define("mp-abort-noop", "an aborted upload stays, and can be completed", () => ({
    driver: (driver) => alterMultipart(driver, () => ({ abort: async () => {} })),
  }));
  define(
    "mp-abort-empty-stays",
    "an upload without parts stays when it is aborted, and takes its time to begin",
    () => ({
      driver: (driver) =>
        alterMultipart(driver, (multipart) => ({
          async begin(key, options) {
            // Longer than a case waits before it gives up.
            await new Promise((resolve) => {
              setTimeout(resolve, 40);
            });
            return await multipart.begin(key, options);
          },
          async abort(upload, call) {
            const whole = { ...upload, partSize: 0, attributes: { metadata: {} } };
            const parts = await multipart.listParts?.(whole, call).catch(() => []);
            if (parts !== undefined && parts.length > 0) await multipart.abort(upload, call);
          },
        })),
    }),
  );
  define("mp-abort-ends-all", "abort ends every upload to the key", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async abort(upload, call) {
          const open = [upload.id];
          for await (const other of multipart.listUploads?.({ ...call, prefix: upload.key }) ?? none())
            if (other.key === upload.key) open.push(other.id);
          for (const id of open) await multipart.abort({ ...upload, id }, call);
        },
      })),
  }));
  define("mp-part-told-full", "a short part is told to be full", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        uploadPart: async (upload, ...rest) => ({
          ...(await multipart.uploadPart(upload, ...rest)),
          size: upload.partSize,
        }),
      })),
  }));
  define("mp-abort-deletes-object", "abort deletes the object under the key", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart, below) => ({
        async abort(upload, call) {
          await multipart.abort(upload, call);
          await below.delete(upload.key, { ...quiet, conditions: undefined, versionId: undefined });
        },
      })),
  }));
  define("mp-abort-twice-fails", "a second abort, or one of an empty upload, is NotFound", () => {
    const aborted = new Set<string>();
    return {
      driver: (driver) =>
        alterMultipart(driver, (multipart) => ({
          async abort(upload, call) {
            const whole = { ...upload, partSize: 0, attributes: { metadata: {} } };
            const parts = await multipart.listParts?.(whole, call).catch(() => []);
            if (aborted.has(upload.id) || parts?.length === 0)
              throw new StoreError({ code: "NotFound", message: "no such upload" });
            aborted.add(upload.id);
            await multipart.abort(upload, call);
          },
        })),
    };
  });
  define("mp-complete-again", "a completed upload can be completed again, and empties the object", () => {
    const completed = new Set<string>();
    return {
      driver: (driver) =>
        alterMultipart(driver, (multipart, below) => ({
          listParts: async (upload, call) =>
            completed.has(upload.id) ? [] : ((await multipart.listParts?.(upload, call)) ?? []),
          async complete(upload, parts, call) {
            if (completed.has(upload.id))
              return await below.write(upload.key, bodyOf(new Uint8Array(0)), {
                ...call,
                attributes: upload.attributes,
                onBytes: undefined,
              });
            const written = await multipart.complete(upload, parts, call);
            completed.add(upload.id);
            return written;
          },
        })),
    };
  });
  define("mp-unknown-begins", "a part of an unknown upload begins it", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async uploadPart(upload, number, body, call) {
          try {
            return await multipart.uploadPart(upload, number, body, call);
          } catch (error) {
            if (!(error instanceof StoreError) || error.code !== "NotFound") throw error;
            return { partNumber: number, size: body.size ?? 0, etag: "begun" };
          }
        },
      })),
  }));
  define("mp-empty-fails", "an upload without bytes cannot be completed", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async complete(upload, parts, call) {
          if (parts.every(({ size }) => size === 0))
            throw new StoreError({ code: "InvalidArgument", message: "no parts" });
          return await multipart.complete(upload, parts, call);
        },
      })),
  }));
  define("mp-parts-ordered-as-text", "part 10 comes before part 2", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async complete(upload, parts, call) {
          const order = parts
            .map(({ partNumber }) => partNumber)
            .toSorted((one, other) => (String(one) < String(other) ? -1 : 1));
          const written = await multipart.complete(upload, parts, call);
          if (!order.some((number, index) => number !== index + 1)) return written;
          throw new StoreError({ code: "Internal", message: "parts are not in order" });
        },
      })),
  }));
  define("mp-racing-completes-torn", "of racing completes the first bytes are those of another", () => {
    const first = perNamespace(() => new Map<string, Uint8Array<ArrayBuffer>>());
    return {
      driver: (driver, namespace) =>
        alterMultipart(driver, (multipart) => ({
          async uploadPart(upload, number, body, call) {
            const bytes = await collected(body);
            const key = `${upload.key}/${number}`;
            const other = first(namespace).get(key);
            first(namespace).set(key, bytes);
            const mixed =
              other === undefined || other.byteLength !== bytes.byteLength
                ? bytes
                : Buffer.concat([other.subarray(0, 10), bytes.subarray(10)]);
            return await multipart.uploadPart(upload, number, bodyOf(mixed), call);
          },
        })),
    };
  });
  define("mp-size-of-last-part", "complete tells the size of the last part", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        complete: async (upload, parts, call) => ({
          ...(await multipart.complete(upload, parts, call)),
          size: parts.at(-1)?.size ?? 0,
        }),
      })),
  }));
  define("mp-part-cut", "a part loses its last byte", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async uploadPart(upload, number, body, call) {
          const bytes = await collected(body);
          const part = await multipart.uploadPart(
            upload,
            number,
            bodyOf(bytes.subarray(0, Math.max(0, bytes.byteLength - 1))),
            call,
          );
          return { ...part, size: bytes.byteLength };
        },
        listParts: async (upload, call) =>
          ((await multipart.listParts?.(upload, call)) ?? []).map((part) => ({ ...part, size: part.size + 1 })),
      })),
  }));
  define("mp-concurrent-declared-wrongly", "of two uploads to one key the second fails, undeclared", () => {
    const completed = perNamespace(() => new Set<string>());
    return {
      driver: (driver, namespace) =>
        alterMultipart(driver, (multipart) => ({
          async begin(key, options) {
            return await multipart.begin(key, options);
          },
          async complete(upload, parts, call) {
            if (completed(namespace).has(upload.key))
              throw new StoreError({ code: "NotFound", message: "the upload ended with another's" });
            completed(namespace).add(upload.key);
            return await multipart.complete(upload, parts, call);
          },
        })),
    };
  });
});

async function* none(): AsyncGenerator<never> {}
