import { afterEach, describe, expect, it } from "vitest";
import { s3 } from "../src/index.js";
import type { S3Options } from "../src/index.js";
import { capture, errorBody } from "./support/capture.js";
import type { Answer, CaptureServer, SeenRequest } from "./support/capture.js";
import { base, BEGUN } from "./support/wire-store.js";

const customerKey = Buffer.alloc(32, 7).toString("base64");
const COPIED = `<CopyObjectResult><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></CopyObjectResult>`;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

async function serverOf(answer: (request: SeenRequest) => Answer): Promise<CaptureServer> {
  const server = await capture(answer);
  open.push(server);
  return server;
}

async function storeOf(endpoint: string, options: Partial<S3Options> = {}): ReturnType<typeof s3> {
  const store = await s3({ ...base, endpoint, ...options });
  open.push(store);
  return store;
}

/** A service with one object, `hello`. */
function service({ method, headers }: SeenRequest): Answer {
  if (headers["x-amz-copy-source"] !== undefined) return { body: COPIED };
  return method === "GET" || method === "HEAD" ? { body: "hello" } : {};
}

const copies = ({ requests }: CaptureServer): readonly SeenRequest[] =>
  requests.filter(({ headers }) => headers["x-amz-copy-source"] !== undefined);

describe("a copy between services", () => {
  it("streams, also where both objects have one URI: another endpoint is another service", async () => {
    const [here, there] = [await serverOf(service), await serverOf(service)];
    const [source, target] = [await storeOf(here.endpoint), await storeOf(there.endpoint)];
    await target.copyFrom(source, "k", "k");
    expect(here.requests.map(({ method }) => method)).toEqual(["HEAD", "GET"]);
    expect(there.requests.map(({ method, body }) => [method, body.toString()])).toEqual([["PUT", "hello"]]);
  });

  it("is the service's own between two buckets of one endpoint", async () => {
    const here = await serverOf(service);
    const [source, target] = [await storeOf(here.endpoint, { bucket: "other" }), await storeOf(here.endpoint)];
    await target.copyFrom(source, "k", "k");
    expect(copies(here).map(({ headers }) => headers["x-amz-copy-source"])).toEqual(["other/k"]);
  });

  it("takes buckets in the host name for buckets of one service", async () => {
    const here = await serverOf(service);
    const endpoint = here.endpoint.replace("127.0.0.1", "localhost");
    const source = await storeOf(endpoint, { bucket: "other", forcePathStyle: true });
    const target = await storeOf(endpoint);
    await target.copyFrom(source, "k", "k");
    expect(copies(here)).toHaveLength(1);
  });
});

describe("what a copy is given", () => {
  it("tags replace the source's", async () => {
    const here = await serverOf(service);
    const store = await storeOf(here.endpoint);
    await store.copy("k", "l", { native: { s3: { tags: { a: "b" } } } });
    await store.copy("k", "m");
    expect(copies(here).map(({ headers }) => [headers["x-amz-tagging"], headers["x-amz-tagging-directive"]])).toEqual([
      ["a=b", "REPLACE"],
      [undefined, undefined],
    ]);
  });

  it("the caller's key opens the source and encrypts the copy", async () => {
    const here = await serverOf((request) =>
      request.method === "HEAD" && request.headers["x-amz-server-side-encryption-customer-key"] !== customerKey
        ? { status: 400, body: errorBody("InvalidRequest") }
        : service(request),
    );
    const store = await storeOf(here.endpoint);
    await store.copy("k", "l", { native: { s3: { sseCustomerKey: customerKey } } });
    expect(copies(here)[0]?.headers).toMatchObject({
      "x-amz-server-side-encryption-customer-key": customerKey,
      "x-amz-copy-source-server-side-encryption-customer-key": customerKey,
    });
  });
});

describe("an upload in parts under the caller's key", () => {
  it("gives it to every request that S3 asks it of", async () => {
    const here = await serverOf(({ method, url }) => {
      if (method === "POST" && url.includes("uploads")) {
        return { body: BEGUN };
      }
      if (method === "POST") {
        return { body: `<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>` };
      }
      return {};
    });
    const store = await storeOf(here.endpoint);
    const part = 5 * 1_048_576;
    await store.put("k", Buffer.alloc(2 * part), {
      partSize: part,
      multipartThreshold: part,
      native: { s3: { sseCustomerKey: customerKey } },
    });
    expect(
      here.requests.map(({ method, headers }) => [method, headers["x-amz-server-side-encryption-customer-key"]]),
    ).toEqual([
      ["POST", customerKey],
      ["PUT", customerKey],
      ["PUT", customerKey],
      ["POST", customerKey],
    ]);
  });
});
