import { openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Azurite } from "./azurite.js";

const KIB = 1024;

let azurite: Azurite;
beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(async () => {
  await azurite[Symbol.asyncDispose]();
});

const part = (text: string): Uint8Array => Buffer.alloc(KIB, text);
const text = (parts: readonly string[]): string => parts.map((one) => one.repeat(KIB)).join("");

describe.each(["direct", "sdk"] as const)("multipart uploads on Azure's blocks, transport %s", (transport) => {
  let store: ObjectStore;
  /** Another process's view: nothing is shared but the service. */
  let other: ObjectStore;
  beforeAll(async () => {
    const uri = await azurite.container();
    store = await openStore(uri, { ...azurite.options, transport, retries: 0 });
    other = await openStore(uri, { ...azurite.options, transport, retries: 1 });
    expect(other).not.toBe(store);
  });
  afterAll(async () => {
    await store.close();
    await other.close();
  });

  it("parts come in any order, one sent again wins, and nothing shows before complete", async () => {
    const upload = await store.beginUpload("order", {
      partSize: KIB,
      contentType: "text/x-parts",
      metadata: { by: "parts" },
    });
    await upload.uploadPart(3, "end");
    await upload.uploadPart(1, part("x"));
    await Promise.all([upload.uploadPart(2, part("b")), upload.uploadPart(1, part("a"))]);
    expect(await store.exists("order")).toBe(false);
    expect((await upload.listParts()).map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [1, KIB],
      [2, KIB],
      [3, 3],
    ]);
    const { size, etag } = await upload.complete();
    const got = await store.get("order");
    expect(got.text()).toBe(text(["a", "b"]) + "end");
    expect(got.info).toMatchObject({ size, etag, contentType: "text/x-parts", metadata: { by: "parts" } });
  });

  it("an upload without parts is an empty object", async () => {
    const upload = await store.beginUpload("nothing");
    expect(await upload.complete()).toMatchObject({ size: 0 });
    expect((await store.get("nothing")).bytes).toHaveLength(0);
  });

  it("is resumed by its token elsewhere, and listed there with its part size", async () => {
    const begun = await store.beginUpload("resumed", { partSize: KIB });
    await begun.uploadPart(1, part("a"));
    const listed = [];
    for await (const upload of other.listUploads({ prefix: "resum" })) listed.push(upload);
    expect(listed).toEqual([{ key: "resumed", token: expect.any(String), initiated: expect.any(Date) }]);
    expect(Math.abs(Date.now() - Number(listed[0]?.initiated))).toBeLessThan(60_000);
    const resumed = other.resumeUpload(listed[0]?.token ?? "");
    expect(resumed.partSize).toBe(KIB);
    await resumed.uploadPart(2, "b");
    await other.resumeUpload(begun.token).complete();
    expect((await store.get("resumed")).text()).toBe(`${text(["a"])}b`);
  });

  it("of two uploads to one key the first to complete ends the other, and nothing mixes", async () => {
    const first = await store.beginUpload("rivals", { partSize: KIB });
    const second = await other.beginUpload("rivals", { partSize: KIB });
    await first.uploadPart(1, part("1"));
    await second.uploadPart(1, part("2"));
    await first.uploadPart(2, part("1"));
    await second.uploadPart(2, part("2"));
    await second.complete();
    await expect(first.complete()).rejects.toMatchObject({ code: "NotFound" });
    await expect(first.uploadPart(3, "x")).rejects.toMatchObject({ code: "NotFound" });
    expect((await store.get("rivals")).text()).toBe(text(["2", "2"]));
  });

  it("abort makes it unusable, here and elsewhere, and leaves the object under its key alone", async () => {
    await store.put("kept", "old");
    const upload = await store.beginUpload("kept", { partSize: KIB });
    await upload.uploadPart(1, part("n"));
    const listed = [];
    for await (const { key } of store.listUploads({ prefix: "kept" })) listed.push(key);
    expect(listed).toEqual(["kept"]);
    await other.abortUpload(upload.token);
    await upload.abort();
    await upload.abort();
    await expect(upload.complete()).rejects.toMatchObject({ code: "NotFound" });
    await expect(upload.uploadPart(2, "x")).rejects.toMatchObject({ code: "NotFound" });
    await expect(upload.listParts()).rejects.toMatchObject({ code: "NotFound" });
    for await (const { key } of store.listUploads({ prefix: "kept" })) expect.unreachable(key);
    expect((await store.get("kept")).text()).toBe("old");
  });

  it("judges conditions when it completes", async () => {
    await store.put("taken", "old");
    const upload = await store.beginUpload("taken", { partSize: KIB });
    await upload.uploadPart(1, "new");
    await expect(upload.complete({ ifNoneMatch: "*" })).rejects.toMatchObject({ code: "AlreadyExists" });
    await expect(upload.complete({ ifMatch: "0x0" })).rejects.toMatchObject({ code: "PreconditionFailed" });
    expect((await store.get("taken")).text()).toBe("old");
    await upload.complete({ ifMatch: (await store.stat("taken")).etag });
    expect((await store.get("taken")).text()).toBe("new");
  });

  it("a completed upload has ended", async () => {
    const upload = await store.beginUpload("done");
    await upload.uploadPart(1, "x");
    await upload.complete();
    await expect(upload.complete()).rejects.toMatchObject({ code: "NotFound" });
    await expect(other.resumeUpload(upload.token).complete()).rejects.toMatchObject({ code: "NotFound" });
    await expect(other.resumeUpload(upload.token).uploadPart(1, "y")).rejects.toMatchObject({ code: "NotFound" });
    expect((await store.get("done")).text()).toBe("x");
  });

  it("a part can be sent by a signed URL", async () => {
    const upload = await store.beginUpload("signed", { partSize: KIB });
    const request = await upload.presignPart(1);
    expect(
      (await fetch(request.url, { method: request.method, headers: request.headers, body: "by url" })).status,
    ).toBe(201);
    await upload.complete();
    expect((await store.get("signed")).text()).toBe("by url");
  });

  it("a part without bytes is one, though Azure has no block for it, and never takes the place of one with bytes", async () => {
    const upload = await store.beginUpload("empty-part", { partSize: KIB });
    await upload.uploadPart(2, "");
    await upload.uploadPart(1, part("a"));
    expect((await upload.listParts()).map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [1, KIB],
      [2, 0],
    ]);
    await expect(upload.uploadPart(1, "")).rejects.toMatchObject({ code: "InvalidArgument" });
    await other.resumeUpload(upload.token).uploadPart(2, "now");
    expect(await upload.complete()).toMatchObject({ size: KIB + 3 });
    expect((await store.get("empty-part")).text()).toBe(text(["a"]) + "now");
  });

  it("blocks that another tool left under the key do not get in", async () => {
    const { BlobServiceClient } = await import("@azure/storage-blob");
    const client = BlobServiceClient.fromConnectionString(azurite.server.connectionString);
    const foreign = client.getContainerClient(store.container.split("/")[1] ?? "").getBlockBlobClient("foreign");
    await foreign.stageBlock(Buffer.alloc(48, "f").toString("base64"), "foreign", 7);
    const upload = await store.beginUpload("foreign", { partSize: KIB });
    await upload.uploadPart(1, "ours");
    expect((await upload.listParts()).map(({ partNumber }) => partNumber)).toEqual([1]);
    await upload.complete();
    expect((await store.get("foreign")).text()).toBe("ours");
  });
});
