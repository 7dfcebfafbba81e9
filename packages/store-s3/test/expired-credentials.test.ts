import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { s3 } from "../src/index.js";
import type { S3Options } from "../src/index.js";
import { capture, errorBody } from "./support/capture.js";
import type { CaptureServer, SeenRequest } from "./support/capture.js";
import { BEGUN } from "./support/wire-store.js";

interface Given {
  accessKeyId: string;
  secretAccessKey: string;
  expiration: Date;
}

/** Credentials `id-1`, `id-2` and so on, each good for another hour by what they say. */
function provider(): () => Promise<Given> {
  let asked = 0;
  return async () => {
    asked += 1;
    return { accessKeyId: `id-${asked}`, secretAccessKey: "s", expiration: new Date(Date.now() + 3_600_000) };
  };
}

function idOf({ headers }: SeenRequest): string | undefined {
  return /Credential=([^/]+)/.exec(headers.authorization ?? "")?.[1];
}

const kinds = ["direct", "sdk", "client"] as const;

/** How a store comes by the credentials, and what is to be destroyed after it. */
function places(kind: (typeof kinds)[number], { endpoint }: CaptureServer): [Partial<S3Options>, S3Client?] {
  const credentials = provider();
  if (kind !== "client") return [{ endpoint, region: "us-east-1", transport: kind, credentials }];
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  return [{ client }, client];
}

describe.each(kinds)("credentials that the service calls expired before their time (%s)", (kind) => {
  it.each(["get", "beginUpload"] as const)("are asked for anew by the next attempt: %s", async (operation) => {
    await using server = await capture((request) =>
      idOf(request) === "id-1" ? { status: 400, body: errorBody("ExpiredToken") } : { body: BEGUN },
    );
    const [options, client] = places(kind, server);
    const store = await s3({ bucket: "bucket", ...options, retries: 1 });
    await store[operation]("k");
    // Whatever goes another way has the new ones too.
    await store.beginUpload("k");
    await store.get("k");
    expect(new URL((await store.presign("k")).url).searchParams.get("X-Amz-Credential")).toMatch(/^id-2\//);
    expect(server.requests.map(idOf)).toEqual(["id-1", "id-2", "id-2", "id-2"]);
    await store.close();
    client?.destroy();
  });
});
