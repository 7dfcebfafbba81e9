import { describe, expect, it } from "vitest";
import { interleave } from "./interleave.mjs";
import { inFlight } from "./in-flight.mjs";
import { meetsFloor, table, unmeasuredFloors } from "./rows.mjs";
import { cpuDifference, cpuRatio, median, speedRatio } from "./statistics.mjs";

const measured = (
  wallUs: number,
  cpuUs: number,
): { operations: number; wallUs: number; cpuUs: number; peakRssBytes: number } => ({
  operations: 10,
  wallUs,
  cpuUs,
  peakRssBytes: 0,
});

describe("statistics", () => {
  it("take the middle, or the mean of the two middle ones", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  it("compare within a round before they sum up, so that a slow round does not decide", () => {
    const subject = [measured(10, 20), measured(1000, 2000), measured(10, 20)];
    const reference = [measured(30, 40), measured(3000, 4000), measured(30, 40)];
    expect(speedRatio(subject, reference)).toBe(3);
    expect(cpuRatio(subject, reference)).toBe(0.5);
    expect(cpuDifference(subject, reference)).toBe(-2);
  });
});

describe("floors", () => {
  it("are lower or upper bounds, and a row without one passes", () => {
    const row = { name: "a", measure: "b", value: 2 };
    expect(meetsFloor({ ...row, better: "higher", floor: 2 })).toBe(true);
    expect(meetsFloor({ ...row, better: "higher", floor: 2.1 })).toBe(false);
    expect(meetsFloor({ ...row, better: "lower", floor: 1.9 })).toBe(false);
    expect(meetsFloor({ ...row, better: "lower" })).toBe(true);
    expect(meetsFloor({ ...row, better: "higher", floor: 1, value: Number.NaN })).toBe(false);
  });

  it("are missed when nothing was measured, with a line that says which and why", () => {
    const row = {
      measure: "CPU, x of opendal",
      value: Number.NaN,
      better: "lower",
      unmeasured: "needs openssl",
    } as const;
    const rows = [
      { ...row, name: "get over TLS", floor: 0.7, goal: 0.5 },
      { ...row, name: "a row without a floor" },
      { name: "measured", measure: "speed", value: 2, better: "higher", floor: 1 } as const,
    ];
    expect(rows.map(meetsFloor)).toEqual([false, true, true]);
    expect(unmeasuredFloors(rows)).toEqual(["not measured: get over TLS, CPU, x of opendal: needs openssl"]);
    expect(table(rows).split("\n")[1]).toMatch(/ -\s+<= 0\.70\s+<= 0\.50\s+NOT MEASURED$/);
  });

  it("show in the table what was missed", () => {
    const rows = [{ name: "get", measure: "speed", value: 1, better: "higher", floor: 2, goal: 3 } as const];
    expect(table(rows).split("\n")[1]).toMatch(/^get\s+speed\s+1\.00\s+>= 2\.00\s+>= 3\.00\s+MISSED$/);
  });
});

it("inFlight runs every operation once, never more at a time than asked", async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  await inFlight(20, 3, async (index) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    seen.push(index);
    running -= 1;
  });
  expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
  expect(most).toBe(3);
});

it("interleave measures each contender in a process of its own, once a round", async () => {
  const source = (loops: number): string =>
    `export default async () => ({ run: async () => { let x = 0; for (let i = 0; i < ${loops}; i++) x += i % 7; return x > 0 ? 10 : 0; } });`;
  const module = (loops: number): URL => new URL(`data:text/javascript,${encodeURIComponent(source(loops))}`);
  const results = await interleave(
    {
      light: { module: module(1e6) },
      heavy: { module: module(3e8) },
      program: { command: ["echo", "7"], parse: (stdout: string) => measured(Number(stdout), 1) },
    },
    { rounds: 2 },
  );
  expect(results.light).toHaveLength(2);
  expect(results.program.map(({ wallUs }) => wallUs)).toEqual([7, 7]);
  expect(cpuRatio(results.light, results.heavy)).toBeLessThan(1);
  expect(results.light[0]?.peakRssBytes).toBeGreaterThan(10 * 1024 * 1024);
});

it("interleave fails when a contender does", async () => {
  const module = new URL(
    `data:text/javascript,${encodeURIComponent("export default async () => { process.exit(3); };")}`,
  );
  await expect(interleave({ broken: { module } }, { rounds: 1 })).rejects.toThrow(/ended with 3/);
});
