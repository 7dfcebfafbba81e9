import { describe, expect, it } from "vitest";
import { Turn } from "./turn.js";
import type { Turning } from "./turn.js";

/** Connections that note what becomes of them. */
function connections(...names: readonly string[]): { readonly all: readonly Turning[]; readonly notes: string[] } {
  const notes: string[] = [];
  const all = names.map((name) => ({
    flush: () => void notes.push(`${name} sends`),
    release: () => void notes.push(`${name} rests`),
  }));
  return { all, notes };
}

const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a turn of the event loop", () => {
  it("sends its first request at once and the others together, in order, at its end", async () => {
    const turn = new Turn();
    const { all, notes } = connections("a", "b", "c");
    for (const connection of all) turn.send(connection);
    expect(notes).toEqual(["a sends"]);
    await turnOver();
    expect(notes).toEqual(["a sends", "b sends", "c sends"]);
  });

  it("sends the first request of the next turn at once again", async () => {
    const turn = new Turn();
    const { all, notes } = connections("a", "b");
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error("two connections");
    turn.send(a);
    await turnOver();
    turn.send(b);
    expect(notes).toEqual(["a sends", "b sends"]);
  });

  it("lets idle connections rest at its end, once everything is sent", async () => {
    const turn = new Turn();
    const { all, notes } = connections("a", "b");
    const [a, b] = all;
    if (a === undefined || b === undefined) throw new Error("two connections");
    turn.free(a);
    turn.send(a);
    turn.send(b);
    expect(notes).toEqual(["a sends"]);
    await turnOver();
    expect(notes).toEqual(["a sends", "b sends", "a rests"]);
  });
});
