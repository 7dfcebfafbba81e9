import { expect, it } from "vitest";
import { equivalenceMatrix, failures } from "./matrix.mjs";

const memory = {
  store: { name: "@stowage/store-memory" },
  counts: { pass: 12, "pass-rejected": 0, fail: 0, "known-fail": 0, "unexpected-pass": 0, "not-run": 0 },
  areas: { A: { title: "put", counts: { pass: 10 } }, B: { title: "get", counts: { pass: 2 } } },
};
const other = {
  store: { name: "locker-store" },
  counts: { pass: 3, "pass-rejected": 4, fail: 1, "known-fail": 1, "unexpected-pass": 1, "not-run": 2 },
  areas: {
    A: {
      title: "put",
      counts: { pass: 3, "known-fail": 1, "pass-rejected": 4, fail: 1, "unexpected-pass": 1, "not-run": 2 },
    },
  },
};

it("has a row an area and a column a store, with what was run, refused, failed and not run", () => {
  const lines = equivalenceMatrix([memory, other]).split("\n");
  expect(lines[0]).toMatch(/^\s+store-memory\s+locker-store$/);
  expect(lines[1]).toMatch(/^\s+run \/ refused \/ failed \/ not run\s+run \/ refused \/ failed \/ not run$/);
  const numbers = lines.slice(2).map((line) => line.match(/\d+/g)?.map(Number));
  expect(lines[2]).toMatch(/^A {2}put /);
  expect(numbers).toEqual([
    [10, 0, 0, 0, 4, 4, 2, 2],
    [2, 0, 0, 0, 0, 0, 0, 0],
    [12, 0, 0, 0, 4, 4, 2, 2],
  ]);
});

it("counts an expected failure that passes as a failure", () => {
  expect([failures(memory), failures(other)]).toEqual([0, 2]);
});
