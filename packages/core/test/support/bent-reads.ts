// Answers of a driver as services really give them: broken off, too wide, silent.
import type { DriverRead } from "../../src/index.js";

export function ignoringConditions<Answer>(
  read: ((key: string, offset: number, target: Uint8Array, call: never) => Promise<Answer>) | undefined,
): never {
  return ((key: string, offset: number, target: Uint8Array, call: object) =>
    read?.(key, offset, target, { ...call, conditions: undefined } as never)) as never;
}

export function ignoringReadConditions<Answer>(
  read: (key: string, range: never, call: never) => Promise<Answer>,
): never {
  return ((key: string, range: never, call: object) =>
    read(key, range, { ...call, conditions: undefined } as never)) as never;
}

export async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, undefined, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
  return undefined;
}

export function breaking(source: DriverRead["chunks"], after: number, error: Error): DriverRead["chunks"] {
  let left = after;
  return {
    next: async () => {
      if (left-- === 0) throw error;
      return source.next();
    },
  };
}

/** A connection that says nothing until its signal aborts; its iterator's return() waits for that, as a generator's does. */
export function hanging(signalOf: () => AbortSignal | undefined): (read: DriverRead) => DriverRead {
  return (read) => {
    const signal = signalOf();
    async function* silence(): AsyncGenerator<Uint8Array, undefined, undefined> {
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      return undefined;
    }
    return { ...read, chunks: silence() };
  };
}
