import { PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { createContainer, createStore, deleteContainer, listContainers, TRANSFER_DEFAULTS } from "@stowage/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { has } from "../../../tools/machine/needs.mjs";
import { S3Driver } from "../src/driver.js";
import { plugin, probe } from "../src/index.js";
import { openConnection } from "../src/open-connection.js";
import { startCeph } from "./support/servers.js";
import type { TestServer } from "./support/servers.js";

const MIB = 1024 * 1024;

/** What only Ceph RGW has among the servers at hand. */
describe.runIf(has("radosgw"))("on Ceph RGW", () => {
  let target: TestServer;
  beforeAll(async () => {
    target = await startCeph();
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  it("versions are told by writes, read and deleted by their id", async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = target.server;
    await createContainer("s3://versioned", target.options);
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration }));
    client.destroy();
    for (const transport of ["direct", "sdk"] as const) {
      const store = await target.store({ bucket: "versioned", transport });
      const first = await store.put("k", "one");
      const second = await store.put("k", "two");
      expect(first.versionId).toBeTypeOf("string");
      expect((await store.get("k", { versionId: first.versionId })).text()).toBe("one");
      expect((await store.stat("k", { versionId: second.versionId })).size).toBe(3);
      await store.delete("k", { versionId: second.versionId });
      expect((await store.get("k")).text()).toBe("one");
      await store.delete("k");
      await expect(store.get("k")).rejects.toMatchObject({ code: "NotFound" });
      expect((await store.get("k", { versionId: first.versionId })).text()).toBe("one");
      await expect(store.get("k", { versionId: "no-such-version" })).rejects.toMatchObject({
        code: expect.stringMatching(/NotFound|InvalidArgument/),
      });
      await store.close();
    }
  });

  it.each(["direct", "sdk"] as const)(
    "a copy beyond what one request may copy goes in parts, with attributes, and leaves no upload when it fails or is given up (%s)",
    async (transport) => {
      const bucket = `copies-${transport}`;
      await createContainer(`s3://${bucket}`, target.options);
      const options = { ...target.options, transport };
      const connection = await openConnection(bucket, options, TRANSFER_DEFAULTS.timeouts);
      // What AWS allows from 5 GiB on, seen with megabytes.
      const limits = { onceMost: 6 * MIB, partSize: 5 * MIB };
      await using store = createStore(new S3Driver(connection, limits), { plugin, container: bucket });
      const bytes = new Uint8Array(11 * MIB + 3).map((_, index) => (index * 31 + (index >> 8)) & 255);
      await store.put("large", bytes, { contentType: "a/b", metadata: { a: "ü" } });
      const { size, etag } = await store.copy("large", "copy");
      expect([size, etag]).toEqual([bytes.byteLength, expect.stringMatching(/-3$/)]);
      const copied = await store.get("copy");
      expect(Buffer.compare(copied.bytes, bytes)).toBe(0);
      expect([copied.info.contentType, copied.info.metadata]).toEqual(["a/b", { a: "ü" }]);
      await store.copy("large", "changed", { attributes: { contentType: "c/d" } });
      expect((await store.stat("changed")).contentType).toBe("c/d");
      const stale = store.copy("large", "stale", { sourceIfMatch: "0123456789abcdef0123456789abcdef" });
      await expect(stale).rejects.toMatchObject({ code: "PreconditionFailed" });
      // At every stage: while the source is looked at, the upload begins, parts are copied, the upload completes.
      for (const afterMs of [0, 1, 2, 4, 6, 9, 12, 16, 20, 25, 30, 40, 50]) {
        await store.copy("large", `copied-${afterMs}`, { signal: AbortSignal.timeout(afterMs) }).catch(() => undefined);
        const parts = { multipartThreshold: 6 * MIB, partSize: 5 * MIB, signal: AbortSignal.timeout(afterMs) };
        await store.put(`put-${afterMs}`, bytes, parts).catch(() => undefined);
      }
      const left: string[] = [];
      for await (const upload of store.listUploads()) left.push(upload.key);
      expect(left).toEqual([]);
    },
  );

  it("an upload begun by one process is listed, resumed and completed by another; an abandoned one is aborted", async () => {
    await createContainer("s3://uploads", target.options);
    const one = await target.store({ bucket: "uploads", prefix: "uploads" });
    const upload = await one.beginUpload("big", { partSize: 5 * 1024 * 1024, metadata: { a: "ü" } });
    await upload.uploadPart(1, new Uint8Array(5 * 1024 * 1024).fill(1));
    const { token } = upload;
    await one.beginUpload("abandoned");
    await one.close();
    const two = await target.store({ bucket: "uploads", prefix: "uploads" });
    const keys: string[] = [];
    for await (const found of two.listUploads()) keys.push(found.key);
    expect(keys.toSorted()).toEqual(["abandoned", "big"]);
    const resumed = two.resumeUpload(token);
    expect(await resumed.listParts()).toMatchObject([{ partNumber: 1, size: 5 * 1024 * 1024 }]);
    await resumed.uploadPart(2, "end");
    await resumed.complete();
    const info = await two.stat("big");
    expect([info.size, info.metadata]).toEqual([5 * 1024 * 1024 + 3, { a: "ü" }]);
    for await (const found of two.listUploads()) await two.abortUpload(found.token);
    for await (const found of two.listUploads()) expect.unreachable(`${found.key} is still there`);
    await two.close();
  });

  it("buckets are made, listed, refused while they hold something, and removed", async () => {
    expect(await createContainer("s3://fresh", target.options)).toMatchObject({ created: true });
    const names: string[] = [];
    for await (const { name } of listContainers("s3://", target.options)) names.push(name);
    expect(names).toContain("fresh");
    const store = await target.store({ bucket: "fresh" });
    await store.put("k", "x");
    await store.close();
    await expect(deleteContainer("s3://fresh", target.options)).rejects.toMatchObject({ code: "ContainerNotEmpty" });
    await deleteContainer("s3://fresh", target.options, { force: true });
    await expect(deleteContainer("s3://fresh", target.options)).rejects.toMatchObject({ code: "ContainerNotFound" });
  });

  it("probe tells what the preset says", async () => {
    const { service: _, ...unknown } = target.options;
    const found = await probe("s3://demo", { ...unknown, service: "ceph" });
    expect(found).toMatchObject({
      createOnly: true,
      replaceIf: true,
      conditionalComplete: false,
      listParts: true,
      versions: true,
    });
  });
});
