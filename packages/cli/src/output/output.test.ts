import { PassThrough, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { OUTPUT_BUFFER_SIZE, StoreError } from "@stowage/core";
import { describe, expect, it } from "vitest";
import { describeError, exitStatusOf } from "./errors.js";
import { counted, formatDate, formatDuration, formatSize, printable } from "./format.js";
import { LineWriter } from "./lines.js";
import { formatProgress, ProgressLine } from "./progress.js";
import { Reporter } from "./reporter.js";

function text(): { stream: Writable; read: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, read: () => chunks.join("") };
}

it("one is one, everything else is many", () => {
  expect([0, 1, 2].map((count) => counted(count, "object"))).toEqual(["0 objects", "1 object", "2 objects"]);
  expect([1, 2].map((count) => counted(count, "directory", "directories"))).toEqual(["1 directory", "2 directories"]);
});

describe("LineWriter", () => {
  it("shows the first line at once and the next ones at the next turn of the event loop", async () => {
    const { stream, read } = text();
    const lines = new LineWriter(stream);
    expect(lines.write("first")).toBeUndefined();
    expect(read()).toBe("first\n");
    expect(lines.write("second")).toBeUndefined();
    expect(read()).toBe("first\n");
    await turn();
    expect(read()).toBe("first\nsecond\n");
  });

  it("makes the caller wait while the reader is behind, and no longer", async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    const lines = new LineWriter(stream);
    const wait = lines.write("x".repeat(OUTPUT_BUFFER_SIZE));
    expect(wait).toBeInstanceOf(Promise);
    stream.resume();
    await wait;
  });

  it("stops waiting when the reader is gone", async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    const wait = new LineWriter(stream).write("x".repeat(OUTPUT_BUFFER_SIZE));
    stream.destroy();
    await wait;
    expect(new LineWriter(stream).write("x".repeat(OUTPUT_BUFFER_SIZE))).toBeUndefined();
  });
});

describe("printable", () => {
  it("shows control characters and bidirectional overrides as escapes, and leaves the rest", () => {
    expect(printable("a\nb\u001B[2Jc\u202Ed\t")).toBe("a\\nb\\u{1B}[2Jc\\u{202E}d\\t");
    expect(printable("ä😀 %41#?\\")).toBe("ä😀 %41#?\\");
  });
});

describe("formats", () => {
  it("give sizes, dates and durations for people", () => {
    expect(formatSize(1_572_864, true)).toBe("1.5 MiB");
    expect(formatSize(1_572_864, false)).toBe("1572864");
    expect(formatDate(new Date(0))).toBe("1970-01-01T00:00:00Z");
    expect(formatDuration(340)).toBe("0.3 s");
    expect(formatDuration(185_000)).toBe("3 min 5 s");
    expect(formatDuration(7_260_000)).toBe("2 h 1 min");
  });

  it("give progress with what is known: objects, bytes, rate, and time left once there is a total", () => {
    expect(formatProgress("copying", { objects: 3, bytes: 2048 }, undefined, 1000)).toBe(
      "copying 3 objects  2 KiB  1 kB/s",
    );
    const total = { objects: 4, bytes: 4096 };
    expect(formatProgress("copying", { objects: 2, bytes: 2048 }, total, 1024)).toBe(
      "copying 2/4 objects  2 KiB/4 KiB  [==========          ] 50%  1.02 kB/s  2.0 s left",
    );
  });
});

describe("ProgressLine", () => {
  it("leaves the terminal wrapping long lines, so that a failure named meanwhile is read whole", () => {
    const { stream, read } = text();
    const progress = new ProgressLine(Object.assign(stream, { isTTY: true, columns: 40 }), "copying");
    const failure = `stowage cp: ${"a long path/".repeat(20)}: no such file`;
    progress.log(failure);
    progress.stop();
    expect(read()).toContain(failure);
    expect(read()).not.toContain("\u001B[?7l");
  });
});

describe("describeError", () => {
  it("says of a missing local directory what a person needs, of any other container what the store says", () => {
    const error = (uri: string): StoreError => new StoreError({ code: "ContainerNotFound", message: "no box", uri });
    expect(describeError(error("file:///tmp/no%20such/"))).toContain("there is no file or directory /tmp/no such [");
    expect(describeError(error("s3://box/"))).toBe("s3://box/: no box [ContainerNotFound]");
  });

  it("gives one line with the URI once and the code", () => {
    const error = new StoreError({ code: "NotFound", message: "no such object", operation: "get", uri: "s3://b/k" });
    expect(describeError(error)).toBe("s3://b/k: no such object [NotFound]");
    const named = new StoreError({ code: "NotFound", message: "no s3://b/k there", uri: "s3://b/k" });
    expect(describeError(named)).toBe("no s3://b/k there [NotFound]");
    expect(describeError(new StoreError({ code: "Internal", message: "a\nb" }))).toBe("a\\nb [Internal]");
  });

  it("tells usage from failure", () => {
    expect(exitStatusOf(new StoreError({ code: "UnknownScheme", message: "" }))).toBe(2);
    expect(exitStatusOf(new StoreError({ code: "InvalidUri", message: "" }))).toBe(2);
    expect(exitStatusOf(new StoreError({ code: "PluginMissing", message: "" }))).toBe(1);
    expect(exitStatusOf(new TypeError("x"))).toBe(1);
  });
});

describe("Reporter", () => {
  it("prints stacks only with debug", () => {
    for (const debug of [false, true]) {
      const { stream, read } = text();
      const report = new Reporter({ stream, progress: false, quiet: false, debug });
      report.begin("cp");
      report.failure(new Error("broken"));
      expect(read().includes("    at ")).toBe(debug);
      expect(read().startsWith("stowage cp: Error: broken")).toBe(true);
    }
  });

  it("remembers that something failed, with status 1 for single objects whatever their code", () => {
    const { stream } = text();
    const report = new Reporter({ stream, progress: false, quiet: true, debug: false });
    expect(report.status).toBe(0);
    report.objectFailure(new StoreError({ code: "InvalidArgument", message: "x" }), "s3://b/k");
    expect(report.status).toBe(1);
  });
});
