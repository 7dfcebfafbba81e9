import { PassThrough, Readable, Writable } from "node:stream";
import { openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { run } from "../src/run.js";

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd?: string;
  /** What stdin holds. */
  readonly stdin?: string | Uint8Array;
  /** Answers typed on a terminal: stdin counts as one. Without a final line feed they end in Ctrl-D. */
  readonly typed?: string;
  readonly signal?: AbortSignal;
}

/** Runs one command line in this process. */
export async function stowage(argv: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const { cwd = process.cwd(), signal, typed } = surroundings;
  const stdout = new Sink();
  const stderr = new Sink();
  const stdin = typed === undefined ? Readable.from([Buffer.from(surroundings.stdin ?? "")]) : terminal(typed);
  const status = await run({ argv, stdin, stdout, stderr, cwd, signal });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

class Sink extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

function terminal(typed: string): PassThrough & { isTTY: boolean } {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  stream.write(typed);
  if (!typed.endsWith("\n")) stream.end();
  return stream;
}

let names = 0;

/** A memory store of this test's own, filled, and its URI with a final slash. */
export async function memoryWith(
  objects: Readonly<Record<string, string>>,
): Promise<{ store: ObjectStore; uri: string }> {
  const uri = `memory://test-${++names}/`;
  const store = await openStore(uri);
  for (const [key, body] of Object.entries(objects)) await store.put(key, body);
  return { store, uri };
}

/** Keys and bodies of a store. */
export async function contentOf(store: ObjectStore): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for await (const { key } of store.list()) content[key] = (await store.get(key)).text();
  return content;
}

export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
