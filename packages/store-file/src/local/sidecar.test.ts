import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { file } from "../index.js";
import { stampCoarsely } from "./clock.js";
import { factsOf } from "./facts.js";
import type { FileFacts } from "./facts.js";
import { sidecarPath } from "./sidecar.js";

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(tmpdir(), "stowage-sidecar-"));
});

afterEach(() => {
  fs.rmSync(directory, { recursive: true });
});

function factsNow(): FileFacts {
  return factsOf(fs.lstatSync(path.join(directory, "key"), { bigint: true }));
}

const sidecarNow = (): string => sidecarPath({ parent: directory, name: "key" }, factsNow());

describe("attributes of a file whose time of change is a whole second", () => {
  it("are read anew each time: a later state in that second may look the same", async () => {
    const store = file({ directory });
    await store.put("key", "body", { metadata: { round: "1" } });
    const before = sidecarNow();
    const fd = fs.openSync(path.join(directory, "key"), "r+");
    stampCoarsely(fd, factsNow());
    fs.closeSync(fd);
    fs.renameSync(before, sidecarNow());
    expect((await store.get("key")).info.metadata).toEqual({ round: "1" });

    const text = fs.readFileSync(sidecarNow(), "utf8");
    fs.writeFileSync(sidecarNow(), text.replace('"1"', '"2"'));
    expect((await store.get("key")).info.metadata).toEqual({ round: "2" });
    expect((await store.stat("key")).metadata).toEqual({ round: "2" });
  });
});
