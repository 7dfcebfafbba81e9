import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CHECKSUM_ALGORITHMS, checksumBase64 } from "@stowage/http";
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { s3 } from "../src/index.js";
import type { S3Options } from "../src/index.js";
import { capture, errorBody } from "./support/capture.js";
import { base, withStore } from "./support/wire-store.js";

async function toArray<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const transports = ["direct", "sdk"] as const;

describe.each(transports)("on the wire (%s)", (transport) => {
  it("a put is one signed request: attributes, metadata, checksum, and no Expect", async () => {
    await withStore(
      () => ({}),
      { transport },
      async (store, requests) => {
        await store.put("a/b c.txt", "hello", { cacheControl: "no-cache", metadata: { name: "Zoë" } });
        expect(requests).toHaveLength(1);
        const [{ method, url, headers, body } = { method: "", url: "", headers: {}, body: Buffer.alloc(0) }] = requests;
        expect([method, url.replace(/\?.*/, ""), body.toString()]).toEqual(["PUT", "/bucket/a/b%20c.txt", "hello"]);
        expect(headers).toMatchObject({
          "content-type": "text/plain",
          "content-length": "5",
          "cache-control": "no-cache",
          "x-amz-meta-name": `=?UTF-8?B?${Buffer.from("Zoë").toString("base64")}?=`,
          "x-amz-checksum-crc32": checksumBase64("CRC32", Buffer.from("hello")),
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=.*x-amz-checksum-crc32.*x-amz-meta-name/,
          ),
        });
        expect(headers["expect"]).toBeUndefined();
        expect(headers["transfer-encoding"]).toBeUndefined();
      },
    );
  });

  it("the call's own options travel as headers", async () => {
    await withStore(
      () => ({}),
      { transport, requesterPays: true, expectedBucketOwner: "111122223333" },
      async (store, requests) => {
        const native = {
          s3: { storageClass: "GLACIER_IR", tags: { a: "b c" }, serverSideEncryption: "AES256" },
        } as const;
        await store.put("k", "x", { native });
        expect(requests[0]?.headers).toMatchObject({
          "x-amz-storage-class": "GLACIER_IR",
          "x-amz-tagging": "a=b+c",
          "x-amz-server-side-encryption": "AES256",
          "x-amz-request-payer": "requester",
          "x-amz-expected-bucket-owner": "111122223333",
        });
      },
    );
  });

  it("a session token is sent and signed", async () => {
    await withStore(
      () => ({}),
      { transport, sessionToken: "token" },
      async (store, requests) => {
        await store.put("k", "x");
        expect(requests[0]?.headers["x-amz-security-token"]).toBe("token");
        expect(requests[0]?.headers.authorization).toContain("x-amz-security-token");
      },
    );
  });

  it("an anonymous store signs nothing", async () => {
    await withStore(
      () => ({ body: "x" }),
      { transport, anonymous: true, accessKeyId: undefined, secretAccessKey: undefined },
      async (store, requests) => {
        await store.get("k");
        expect(requests[0]?.headers.authorization).toBeUndefined();
      },
    );
  });

  it("credentials come from the caller's function, and are asked for again when they are about to expire", async () => {
    let asked = 0;
    const credentials = async (): Promise<{ accessKeyId: string; secretAccessKey: string; expiration: Date }> => {
      asked += 1;
      return { accessKeyId: `id-${asked}`, secretAccessKey: "s", expiration: new Date(Date.now() + 1000) };
    };
    await withStore(
      () => ({ body: "x" }),
      { transport, credentials, accessKeyId: undefined, secretAccessKey: undefined },
      async (store, requests) => {
        await store.get("k");
        await store.get("k");
        const ids = requests.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? "")?.[1]);
        expect(new Set(ids).size).toBe(2);
      },
    );
  });

  it("missing credentials are Unauthenticated, and say what to set", async () => {
    const credentials = async (): Promise<never> => {
      throw new Error("nothing here");
    };
    await withStore(
      () => ({}),
      { transport, credentials, accessKeyId: undefined, secretAccessKey: undefined },
      async (store, requests) => {
        await expect(store.get("k")).rejects.toMatchObject({
          code: expect.stringMatching(/Unauthenticated|Unavailable/),
        });
        expect(requests).toHaveLength(0);
      },
    );
  });

  it("a wrong clock is corrected by the service's, and remembered", async () => {
    const theirs = Date.now() + 3_600_000;
    let refused = 0;
    await withStore(
      ({ headers }) => {
        const stamp = String(headers["x-amz-date"]);
        const signed = Date.parse(stamp.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"));
        const date = new Date(theirs).toUTCString();
        if (Math.abs(signed - theirs) < 900_000) return { body: "fine", headers: { date } };
        refused += 1;
        return { status: 403, headers: { date }, body: errorBody("RequestTimeTooSkewed") };
      },
      { transport, retries: 2 },
      async (store) => {
        expect((await store.get("k")).text()).toBe("fine");
        expect((await store.get("k")).text()).toBe("fine");
        expect(refused).toBe(1);
      },
    );
  });

  it("a service that refuses the checksum header is not sent it again", async () => {
    await withStore(
      ({ headers }) =>
        headers["x-amz-checksum-crc32"] === undefined ? {} : { status: 501, body: errorBody("NotImplemented") },
      { transport },
      async (store, requests) => {
        await store.put("k", "x");
        await store.put("k", "y");
        expect(requests.map(({ headers }) => headers["x-amz-checksum-crc32"] !== undefined)).toEqual([
          true,
          false,
          false,
        ]);
      },
    );
  });

  it("required checksums are never dropped, and come with Content-MD5 where nothing is known of the service", async () => {
    await withStore(
      () => ({ status: 501, body: errorBody("NotImplemented") }),
      { transport, checksums: "required" },
      async (store, requests) => {
        await expect(store.put("k", "x")).rejects.toMatchObject({ code: "Unsupported", committed: false });
        expect(requests).toHaveLength(1);
        expect(requests[0]?.headers["content-md5"]).toBe(createHash("md5").update("x").digest("base64"));
      },
    );
  });

  it("with checksums off none is sent, asked for or verified", async () => {
    await withStore(
      () => ({ body: "abc", headers: { "x-amz-checksum-crc32": "AAAAAA==" } }),
      { transport, checksums: "off" },
      async (store, requests) => {
        await store.put("k", "x");
        expect((await store.get("k")).text()).toBe("abc");
        for (const { headers } of requests) {
          expect(Object.keys(headers).filter((name) => /checksum|content-md5/.test(name))).toEqual([]);
        }
      },
    );
  });

  it.each(CHECKSUM_ALGORITHMS)(
    "a read is verified by the service's %s, in memory and as a stream",
    async (algorithm) => {
      const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
      const right = checksumBase64(algorithm, Buffer.from("abc"));
      const wrong = checksumBase64(algorithm, Buffer.from("abd"));
      for (const value of [right, wrong]) {
        await withStore(
          () => ({ body: "abc", headers: { [header]: value } }),
          { transport },
          async (store) => {
            const whole = store.get("k").then((result) => result.text());
            const streamed = store.getStream("k").then(async ({ stream }) => await new Response(stream).text());
            for (const read of [whole, streamed]) {
              if (value === right) await expect(read).resolves.toBe("abc");
              else await expect(read).rejects.toMatchObject({ code: "IntegrityMismatch" });
            }
          },
        );
      }
    },
  );

  it("a composite checksum of parts is no checksum of the whole", async () => {
    const headers = { "x-amz-checksum-crc32": "AAAAAA==-2", "x-amz-checksum-type": "COMPOSITE" };
    await withStore(
      () => ({ body: "abc", headers }),
      { transport },
      async (store) => {
        expect((await store.get("k")).text()).toBe("abc");
      },
    );
  });

  it("a whole object answered to a range is cut to the range", async () => {
    await withStore(
      () => ({ body: "0123456789" }),
      { transport },
      async (store) => {
        expect((await store.get("k", { range: { offset: 2, length: 3 } })).text()).toBe("234");
        expect((await store.get("k", { range: { suffix: 4 } })).text()).toBe("6789");
        const target = new Uint8Array(4);
        await store.getInto("k", target, { range: { offset: 3, length: 4 } });
        expect(Buffer.from(target).toString()).toBe("3456");
      },
    );
  });

  it("an aws-chunked label that a service has kept is not shown", async () => {
    await withStore(
      () => ({ body: "x", headers: { "content-encoding": "aws-chunked,gzip" } }),
      { transport },
      async (store) => {
        expect((await store.stat("k")).contentEncoding).toBe("gzip");
      },
    );
  });

  it("a listing gives exact keys: decoded where the service says that they are encoded, else as they are", async () => {
    const page = (key: string, encoding: string): string =>
      `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${encoding}<IsTruncated>false</IsTruncated>` +
      `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size></Contents></ListBucketResult>`;
    const cases = [
      [page("a%2Bb+c%01%F0%9F%98%80", "<EncodingType>url</EncodingType>"), "a+b c\u0001😀"],
      [page("a%2Bb+c", ""), "a%2Bb+c"],
      [page("&lt;a&amp;&#x1;b&gt;", ""), "<a&\u0001b>"],
      [page("<![CDATA[ a ]]>", ""), " a "],
    ] as const;
    for (const [body, key] of cases) {
      await withStore(
        () => ({ body }),
        { transport },
        async (store) => {
          const entries = await toArray(store.list());
          expect(entries).toMatchObject([{ key, size: 3, etag: "e" }]);
        },
      );
    }
  });

  it("a listing that is cut without a token, or goes on where it began, is an error and no endless loop", async () => {
    const page = (token: string): string =>
      `<ListBucketResult><IsTruncated>true</IsTruncated>${token}</ListBucketResult>`;
    for (const token of ["", "<NextContinuationToken>same</NextContinuationToken>"]) {
      await withStore(
        () => ({ body: page(token) }),
        { transport },
        async (store) => {
          await expect(toArray(store.list())).rejects.toMatchObject({ code: "Internal" });
        },
      );
    }
  });

  it("a batch delete is quiet, carries Content-MD5, and reports each failure by key", async () => {
    const body = `<DeleteResult><Error><Key>a&amp;b</Key><Code>AccessDenied</Code><Message>no</Message></Error><Error><Key>gone</Key><Code>NoSuchKey</Code></Error></DeleteResult>`;
    await withStore(
      () => ({ body }),
      { transport },
      async (store, requests) => {
        const outcomes = await store.deleteMany(["x", "a&b", "gone"]);
        expect(outcomes).toMatchObject([
          { key: "x", ok: true },
          { key: "a&b", ok: false, error: { code: "PermissionDenied" } },
          { key: "gone", ok: true },
        ]);
        expect(requests).toHaveLength(1);
        expect(requests[0]?.body.toString()).toContain(
          "<Quiet>true</Quiet><Object><Key>x</Key></Object><Object><Key>a&amp;b</Key>",
        );
        expect(requests[0]?.headers["content-md5"]).toBeTypeOf("string");
      },
    );
  });

  it("keys that documents may not carry unchanged are deleted one by one", async () => {
    await withStore(
      () => ({ status: 204 }),
      { transport },
      async (store, requests) => {
        await store.deleteMany(["a\u0001", " b", "c"]);
        expect(requests.map(({ method, url }) => `${method} ${url.replace(/[?&]x-id=\w+/, "")}`).toSorted()).toEqual([
          "DELETE /bucket/%20b",
          "DELETE /bucket/a%01",
          expect.stringMatching(/^POST \/bucket\/?\?delete=?$/),
        ]);
      },
    );
  });

  it("a success that holds an error is an error", async () => {
    await withStore(
      ({ url, method }) => {
        if (method === "POST" && url.includes("uploads"))
          return { body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>" };
        if (method === "POST") return { body: errorBody("InternalError") };
        return {};
      },
      { transport },
      async (store) => {
        const upload = await store.beginUpload("k");
        await upload.uploadPart(1, "x");
        await expect(upload.complete()).rejects.toMatchObject({ code: "Unavailable" });
      },
    );
  });

  it("no secret is in what an error shows", async () => {
    await withStore(
      () => ({ status: 403, body: errorBody("SignatureDoesNotMatch", "<StringToSign>AWS4</StringToSign>") }),
      { transport, secretAccessKey: "very-secret", sessionToken: "token-secret" },
      async (store) => {
        const error: unknown = await store.get("k").catch((reason: unknown) => reason);
        const shown = `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 10 })}`;
        expect(shown).toContain("SignatureDoesNotMatch");
        expect(shown).not.toMatch(/very-secret|token-secret|Signature=/);
      },
    );
  });
});

describe.each(transports)("what a refusal teaches (%s)", (transport) => {
  it("the bucket's region: signed anew for the same host, and remembered", async () => {
    const wrong = { status: 400, body: errorBody("AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>") };
    await withStore(
      ({ headers }) => (headers.authorization?.includes("/eu-west-3/") === true ? { body: "x" } : wrong),
      { transport },
      async (store, requests) => {
        await store.get("k");
        await store.put("k", "body goes along");
        expect(requests).toHaveLength(3);
        expect(requests[2]?.body.toString()).toBe("body goes along");
      },
    );
  });

  it("a redirect to another host is never followed: credentials stay where they belong", async () => {
    await using elsewhere = await capture();
    const headers = { location: `${elsewhere.endpoint}/bucket/k` };
    await withStore(
      () => ({ status: 307, headers, body: errorBody("TemporaryRedirect") }),
      { transport },
      async (store) => {
        await expect(store.get("k")).rejects.toMatchObject({ code: "Unavailable", status: 307 });
        expect(elsewhere.requests).toHaveLength(0);
      },
    );
  });

  it("expired credentials are asked for anew by the next attempt", async () => {
    let asked = 0;
    const credentials = async (): Promise<{ accessKeyId: string; secretAccessKey: string; expiration: Date }> => {
      asked += 1;
      return { accessKeyId: `id-${asked}`, secretAccessKey: "s", expiration: new Date(Date.now() + 60_000) };
    };
    await withStore(
      ({ headers }) =>
        headers.authorization?.includes("id-1/") === true
          ? { status: 400, body: errorBody("ExpiredToken") }
          : { body: "x" },
      { transport, credentials, accessKeyId: undefined, secretAccessKey: undefined, retries: 1 },
      async (store) => {
        expect((await store.get("k")).text()).toBe("x");
      },
    );
  });
});

describe("addresses", () => {
  const open = async (options: Partial<S3Options>): Promise<URL> => {
    const store = await s3({ bucket: "my-bucket", accessKeyId: "id", secretAccessKey: "secret", ...options });
    const { url } = await store.presign("a/b c");
    await store.close();
    return new URL(url);
  };

  it.each([
    [{ region: "eu-west-1" }, "https://my-bucket.s3.eu-west-1.amazonaws.com/a/b%20c"],
    [{ region: "eu-west-1", forcePathStyle: true }, "https://s3.eu-west-1.amazonaws.com/my-bucket/a/b%20c"],
    [{ region: "cn-north-1" }, "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/a/b%20c"],
    [{ region: "eu-west-1", useDualstack: true }, "https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/a/b%20c"],
    [{ region: "us-east-1", useAccelerate: true }, "https://my-bucket.s3-accelerate.amazonaws.com/a/b%20c"],
    [{ endpoint: "https://minio.example.com:9443" }, "https://minio.example.com:9443/my-bucket/a/b%20c"],
    [
      { endpoint: "https://minio.example.com:9443", forcePathStyle: false },
      "https://my-bucket.minio.example.com:9443/a/b%20c",
    ],
    [{ endpoint: "http://localhost:9000/base/path" }, "http://localhost:9000/base/path/my-bucket/a/b%20c"],
    [{ endpoint: "http://[::1]:9000" }, "http://[::1]:9000/my-bucket/a/b%20c"],
    [{ endpoint: "https://abc.r2.cloudflarestorage.com" }, "https://abc.r2.cloudflarestorage.com/my-bucket/a/b%20c"],
  ])("%j is %s", async (options, url) => {
    const found = await open(options);
    expect(`${found.origin}${found.pathname}`).toBe(url);
  });

  it("the service is told from the endpoint; conditional writes are refused where nothing is known of it", async () => {
    const services = new Map([
      ["https://abc.r2.cloudflarestorage.com", ["r2", "native"]],
      ["https://s3.eu-west-1.amazonaws.com", ["aws", "native"]],
      ["https://storage.example.com", ["generic", "unsupported"]],
    ]);
    for (const [endpoint, expected] of services) {
      const store = await s3({ ...base, endpoint });
      expect([store.capabilities.notes["service"], store.capabilities.createOnly]).toEqual(expected);
      if (expected[0] === "generic") {
        await expect(store.put("k", "x", { ifNoneMatch: "*" })).rejects.toMatchObject({
          code: "Unsupported",
          capability: "createOnly",
        });
      }
      await store.close();
    }
  });
});

describe("a client of one's own", () => {
  it("is used for everything, with its middleware, and is left open", async () => {
    await using server = await capture(() => ({ body: "x" }));
    const credentials = { accessKeyId: "own", secretAccessKey: "s" };
    const client = new S3Client({ endpoint: server.endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    client.middlewareStack.add(
      (next) => async (args) => {
        const { request } = args;
        if (typeof request === "object" && request !== null && "headers" in request)
          Object.assign(request.headers ?? {}, { "x-mine": "yes" });
        return await next(args);
      },
      { step: "build" },
    );
    const store = await s3({ bucket: "bucket", client });
    expect((await store.get("k")).text()).toBe("x");
    await store.put("k", "body");
    await store.close();
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "after", Body: "still open" }));
    client.destroy();
    expect(server.requests.map(({ headers }) => headers["x-mine"])).toEqual(["yes", "yes", "yes"]);
    expect(server.requests[1]?.headers.authorization).toContain("Credential=own/");
  });

  it.each([
    [{ region: "us-east-1" }, "region"],
    [{ endpoint: "http://localhost:1" }, "endpoint"],
    [{ transport: "direct" as const }, "transport"],
    [{ accessKeyId: "a", secretAccessKey: "b" }, "exclude"],
  ])("does not go with %j", async (options, text) => {
    const client = new S3Client({ region: "us-east-1" });
    await expect(s3({ bucket: "bucket", client, ...options })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining(text),
    });
    client.destroy();
  });
});
