import { S3Client } from "@aws-sdk/client-s3";
import { TRANSFER_DEFAULTS } from "@stowage/core";
import { describe, expect, it } from "vitest";
import { S3Driver } from "../src/driver.js";
import { s3 } from "../src/index.js";
import { openConnection } from "../src/open-connection.js";
import { capture, errorBody } from "./support/capture.js";
import type { Answer, SeenRequest } from "./support/capture.js";
import { BEGUN, withStore } from "./support/wire-store.js";

it.each(["direct", "sdk"] as const)("Retry-After is heeded by the SDK's commands too (%s)", async (transport) => {
  const slow = { status: 503, headers: { "Retry-After": "1" }, body: errorBody("SlowDown") };
  let answered = 0;
  await withStore(
    () => (answered++ === 0 ? slow : { body: BEGUN }),
    { transport, retries: 1 },
    async (store, requests) => {
      const start = performance.now();
      await store.beginUpload("k");
      expect(performance.now() - start).toBeGreaterThan(900);
      expect(requests).toHaveLength(2);
    },
  );
  await withStore(
    () => slow,
    { transport },
    async (store) => {
      await expect(store.beginUpload("k")).rejects.toMatchObject({ code: "Throttled", retryAfterMs: 1000 });
    },
  );
});

describe.each(["direct", "sdk"] as const)("the bucket's region, as a refusal tells it (%s)", (transport) => {
  const wrong = { status: 400, body: errorBody("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>") };
  const isRight = ({ headers }: SeenRequest): boolean => headers.authorization?.includes("/eu-west-3/") === true;

  it("is learnt by a command of the SDK, and remembered for what follows", async () => {
    await withStore(
      (request) => (isRight(request) ? { body: BEGUN } : wrong),
      { transport },
      async (store, requests) => {
        const upload = await store.beginUpload("k");
        await upload.uploadPart(1, "x");
        await store.stat("k");
        expect(requests.map(isRight)).toEqual([false, true, true, true]);
      },
    );
  });

  it("is learnt by the first of many requests at once; each is repeated once", async () => {
    await withStore(
      (request) => (isRight(request) ? { body: "x" } : wrong),
      { transport },
      async (store, requests) => {
        const reads = await Promise.all(Array.from({ length: 8 }, (_, i) => store.get(`k${i}`)));
        expect(reads.map((read) => read.text())).toEqual(Array.from({ length: 8 }, () => "x"));
        expect(requests.length).toBeLessThanOrEqual(16);
      },
    );
  });

  it("comes with a redirect, also of HEAD, and is not asked for twice", async () => {
    const redirect = { status: 301, headers: { "x-amz-bucket-region": "eu-west-3" } };
    await withStore(
      (request) => (isRight(request) ? {} : redirect),
      { transport },
      async (store, requests) => {
        await store.stat("k");
        await store.stat("k");
        expect(requests.map(isRight)).toEqual([false, true, true]);
      },
    );
  });

  it("is not followed for ever, nor to where the endpoint rules know no place", async () => {
    for (const region of ["eu-west-3", "no such/place"]) {
      const lost = { status: 400, body: errorBody("AuthorizationHeaderMalformed", `<Region>${region}</Region>`) };
      await withStore(
        () => lost,
        { transport },
        async (store, requests) => {
          await expect(store.beginUpload("k")).rejects.toMatchObject({ code: "Unauthenticated" });
          expect(requests.length).toBeLessThanOrEqual(2);
        },
      );
    }
  });

  it("does not bring back a body that was streamed", async () => {
    await using server = await capture((request) => (isRight(request) ? {} : wrong));
    const { timeouts } = TRANSFER_DEFAULTS;
    const connection = await openConnection(
      "bucket",
      { endpoint: server.endpoint, region: "us-east-1", accessKeyId: "id", secretAccessKey: "s", transport },
      timeouts,
    );
    const driver = new S3Driver(connection);
    const body = {
      size: 1,
      bytes: undefined,
      replayable: false,
      async *chunks() {
        yield new Uint8Array(1);
      },
    };
    const attributes = { contentType: "a/b", metadata: {} };
    const call = {
      signal: undefined,
      timeouts,
      native: undefined,
      attributes,
      conditions: undefined,
      onBytes: undefined,
    };
    await expect(driver.write("k", body, call)).rejects.toMatchObject({ code: "Unauthenticated", committed: false });
    expect(server.requests).toHaveLength(1);
    // What it taught is kept for the next one.
    await driver.write("k", body, call);
    expect(server.requests.map(isRight)).toEqual([false, true]);
    await driver.close();
  });
});

it("a client of one's own keeps the region that it has", async () => {
  const wrong = { status: 400, body: errorBody("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>") };
  await using server = await capture(() => wrong);
  const credentials = { accessKeyId: "own", secretAccessKey: "s" };
  const client = new S3Client({ endpoint: server.endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  const store = await s3({ bucket: "bucket", client, retries: 0 });
  await expect(store.get("k")).rejects.toMatchObject({ code: "Unauthenticated" });
  expect(server.requests).toHaveLength(1);
  await store.close();
  client.destroy();
});

describe.each(["direct", "sdk"] as const)("the service's clock, as a refusal tells it (%s)", (transport) => {
  const HOUR = 3_600_000;
  const isSkewed = (stamp: unknown): boolean => {
    const text = String(stamp).replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z");
    return !(Math.abs(Date.parse(text) - Date.now() - HOUR) < HOUR / 4);
  };
  const skewed = ({ headers }: SeenRequest): boolean => isSkewed(headers["x-amz-date"]);
  const answer = (request: SeenRequest): Answer => {
    const headers = { date: new Date(Date.now() + HOUR).toUTCString() };
    if (!skewed(request)) return { headers, body: BEGUN };
    return { status: 403, headers, body: errorBody("RequestTimeTooSkewed") };
  };

  it("is learnt by a command of the SDK within the call, and known to what follows", async () => {
    await withStore(answer, { transport }, async (store, requests) => {
      await store.beginUpload("k");
      await store.get("k");
      expect(requests.map(skewed)).toEqual([true, false, false]);
    });
  });

  it("is known to the SDK's commands when another request has learnt it", async () => {
    await withStore(answer, { transport }, async (store, requests) => {
      await store.get("k");
      await store.beginUpload("k");
      expect(requests.map(skewed)).toEqual([true, false, false]);
    });
  });

  it("is in signed URLs", async () => {
    await withStore(answer, { transport }, async (store) => {
      await store.beginUpload("k");
      const { url } = await store.presign("k");
      expect(isSkewed(new URL(url).searchParams.get("X-Amz-Date"))).toBe(false);
    });
  });

  it("is learnt with a client of one's own", async () => {
    await using server = await capture(answer);
    const credentials = { accessKeyId: "own", secretAccessKey: "s" };
    const client = new S3Client({ endpoint: server.endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    const store = await s3({ bucket: "bucket", client, retries: 0 });
    await store.beginUpload("k");
    await store.get("k");
    expect(server.requests.map(skewed)).toEqual([true, false, false]);
    await store.close();
    client.destroy();
  });

  it("is not asked for twice when it does not help", async () => {
    const stubborn = { status: 403, body: errorBody("RequestTimeTooSkewed") };
    await withStore(
      () => ({ ...stubborn, headers: { date: new Date(Date.now() + HOUR).toUTCString() } }),
      { transport },
      async (store, requests) => {
        await expect(store.beginUpload("k")).rejects.toMatchObject({ code: "Unauthenticated" });
        expect(requests).toHaveLength(2);
      },
    );
  });
});
