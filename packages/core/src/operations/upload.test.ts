import { describe, expect, it } from "vitest";
import { bytesOf, failure, scriptedStore } from "../../test/support/scripted-store.js";

const whole = bytesOf(25);
const spans = [
  [0, 10],
  [10, 20],
  [20, 25],
] as const;

describe("uploads", () => {
  it("take parts in any order, again, from any process by the token, and are visible once complete", async () => {
    const { store, script } = scriptedStore();
    const upload = await store.beginUpload("a.txt", { partSize: 10, metadata: { a: "b" } });
    await upload.uploadPart(3, whole.slice(20));
    await upload.uploadPart(1, "x".repeat(10));
    const elsewhere = store.resumeUpload(JSON.parse(JSON.stringify(upload.token)));
    await elsewhere.uploadPart(1, new Blob([whole.slice(0, 10)]));
    await elsewhere.uploadPart(2, [whole.slice(10, 15), whole.slice(15, 20)]);
    expect((await elsewhere.listParts()).map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [1, 10],
      [2, 10],
      [3, 5],
    ]);
    expect(script.objects.size).toBe(0);
    expect(await elsewhere.complete()).toMatchObject({ key: "a.txt", size: 25 });
    expect(script.objects.get("a.txt")).toMatchObject({
      bytes: whole,
      attributes: { contentType: "text/plain", metadata: { a: "b" } },
    });
    await expect(upload.uploadPart(1, "x")).rejects.toMatchObject({ code: "NotFound" });
  });

  it("judge parts when completed: contiguous from 1, all but the last of the part size", async () => {
    const cases = [
      [[2], "part 1 is missing"],
      [[1, 3], "part 2 is missing"],
    ] as const;
    for (const [numbers, message] of cases) {
      const { store, script } = scriptedStore();
      const upload = await store.beginUpload("k", { partSize: 10 });
      for (const number of numbers) await upload.uploadPart(number, bytesOf(10));
      await expect(upload.complete()).rejects.toMatchObject({
        code: "InvalidArgument",
        message: expect.stringContaining(message),
        committed: false,
      });
      expect(script.count("complete")).toBe(0);
    }
    const { store } = scriptedStore();
    const upload = await store.beginUpload("k", { partSize: 10 });
    await upload.uploadPart(1, bytesOf(9));
    await upload.uploadPart(2, bytesOf(9));
    await expect(upload.complete()).rejects.toMatchObject({ code: "InvalidArgument" });
    await upload.uploadPart(1, bytesOf(10));
    expect((await upload.complete()).size).toBe(19);
    expect((await (await store.beginUpload("empty")).complete()).size).toBe(0);
  });

  it("refuse part numbers, part sizes and tokens that cannot be", async () => {
    const { store, script } = scriptedStore(
      {},
      { methods: ["multipart", "presign"], limits: { parts: 100, partBytesMin: 5, partBytesMax: 50 } },
    );
    for (const partSize of [4, 51, 0, 1.5]) {
      await expect(store.beginUpload("k", { partSize })).rejects.toMatchObject({
        code: "InvalidArgument",
        operation: "beginUpload",
      });
    }
    const upload = await store.beginUpload("k", { partSize: 10 });
    for (const number of [0, -1, 1.5, 101, "1"]) {
      await expect(upload.uploadPart(number as never, "x")).rejects.toMatchObject({ code: "InvalidArgument" });
      await expect(upload.presignPart(number as never)).rejects.toMatchObject({
        code: "InvalidArgument",
        operation: "presign",
      });
    }
    for (const body of [
      bytesOf(11),
      [bytesOf(6), bytesOf(5)],
      new Blob([bytesOf(11)]),
      new Blob([bytesOf(11)]).stream(),
    ]) {
      await expect(upload.uploadPart(1, body)).rejects.toMatchObject({ code: "InvalidArgument" });
    }
    for (const token of [
      "",
      "x",
      "{}",
      "null",
      '{"v":2}',
      '{"v":1,"key":"k"}',
      JSON.stringify({ ...JSON.parse(upload.token), key: "/bad" }),
      5,
    ]) {
      expect(() => store.resumeUpload(token as never)).toThrow(
        expect.objectContaining({ operation: "resumeUpload", uri: expect.stringContaining("test://box/") }),
      );
      await expect(store.abortUpload(token as never)).rejects.toMatchObject({ operation: "abortUpload" });
    }
    expect(script.count("uploadPart")).toBe(0);
  });

  it("judge conditions when completed, and are then not completed twice after an unknown outcome", async () => {
    const { store, script } = scriptedStore();
    script.put("k", "old");
    const upload = await store.beginUpload("k", { partSize: 10 });
    await upload.uploadPart(1, "new");
    await expect(upload.complete({ ifNoneMatch: "*" })).rejects.toMatchObject({
      code: "AlreadyExists",
      committed: false,
    });
    script.fail("complete", failure("Unavailable"));
    await expect(upload.complete({ ifMatch: "any" })).rejects.toMatchObject({
      code: "Unavailable",
      committed: "unknown",
    });
    expect(script.count("complete")).toBe(2);
    script.fail("listParts", failure("Unavailable"), failure("PermissionDenied"));
    await expect(upload.complete()).rejects.toMatchObject({ code: "PermissionDenied", committed: false });
    await upload.complete();
    expect(script.text("k")).toBe("new");
  });

  it("without conditions are completed again after an unknown outcome, which stays unknown when the upload is gone", async () => {
    const { store, script } = scriptedStore();
    const upload = await store.beginUpload("k", { partSize: 10 });
    await upload.uploadPart(1, "new");
    script.fail("complete", failure("Unavailable"), failure("NotFound"));
    await expect(upload.complete()).rejects.toMatchObject({ code: "Unavailable", committed: "unknown" });
    expect(script.count("complete")).toBe(2);
    script.fail("complete", failure("Unavailable"));
    await upload.complete();
    expect(script.count("complete")).toBe(4);
    expect(script.text("k")).toBe("new");
    await expect(upload.complete()).rejects.toMatchObject({ code: "NotFound" });
  });

  it("send a part again, streamed ones too, since they are gathered first", async () => {
    const { store, script } = scriptedStore();
    const upload = await store.beginUpload("k", { partSize: 10 });
    script.fail("uploadPart", failure("Unavailable"));
    await upload.uploadPart(
      1,
      (async function* () {
        yield "abc";
      })(),
    );
    expect((await upload.complete()).size).toBe(3);
  });

  it("are listed and aborted by those who did not begin them", async () => {
    const { store, script } = scriptedStore();
    const view = store.withPrefix("deep");
    await view.beginUpload("a", { partSize: 10 });
    await store.beginUpload("b");
    const found = [];
    for await (const upload of view.listUploads()) found.push(upload);
    expect(found.map(({ key }) => key)).toEqual(["a"]);
    await view.abortUpload(found[0]?.token ?? "");
    expect([...script.uploads.values()].map(({ key }) => key)).toEqual(["b"]);
    await view.abortUpload(found[0]?.token ?? "");
    const wrong = store.listUploads(Object({ prefix: 5 }));
    await expect(wrong[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "listUploads",
      uri: "test://box/",
    });
  });

  it("are completed with the handle's own parts where the service cannot list them", async () => {
    const { store, script } = scriptedStore({}, { native: ["multipart"] });
    const upload = await store.beginUpload("k", { partSize: 10 });
    for (const [index, [start, end]] of spans.entries()) await upload.uploadPart(index + 1, whole.slice(start, end));
    await expect(upload.listParts()).rejects.toMatchObject({ code: "Unsupported", capability: "listParts" });
    await upload.complete();
    expect(script.objects.get("k")?.bytes).toEqual(whole);
    await expect(store.listUploads()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      capability: "listUploads",
    });
  });
});
