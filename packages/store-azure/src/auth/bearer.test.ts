import { describe, expect, it } from "vitest";
import type { UnsignedRequest } from "./signer.js";
import { BearerSigner } from "./signers.js";

const request: UnsignedRequest = {
  method: "GET",
  path: "/c/k",
  query: [["comp", "list"]],
  headers: [],
  serviceHeaders: [],
  contentLength: 0,
  versioned: true,
};

function counting(lifeMs: number, more: { readonly refreshAfterTimestamp?: number } = {}) {
  let asked = 0;
  const signer = new BearerSigner(async () => ({
    getToken: async () => {
      asked += 1;
      return { token: `t${asked}`, expiresOnTimestamp: Date.now() + lifeMs, ...more };
    },
  }));
  return { signer, asked: () => asked };
}

describe("bearer tokens", () => {
  it("are asked for once, however many requests wait for the first", async () => {
    const { signer, asked } = counting(3_600_000);
    const all = await Promise.all(Array.from({ length: 10 }, async () => signer.sign(request)));
    expect(all[9]).toEqual({
      target: "/c/k?comp=list",
      headers: ["x-ms-version", "2021-12-02", "authorization", "Bearer t1"],
    });
    expect(signer.sign(request)).not.toBeInstanceOf(Promise);
    expect(asked()).toBe(1);
  });

  it("are renewed ahead of their end, or when the token itself says", async () => {
    for (const { signer, asked } of [
      counting(60_000),
      counting(3_600_000, { refreshAfterTimestamp: Date.now() - 1 }),
    ]) {
      await signer.sign(request);
      await signer.sign(request);
      expect(asked()).toBe(2);
    }
  });

  it("that the service refuses are not used again", async () => {
    const { signer, asked } = counting(3_600_000);
    await signer.sign(request);
    signer.refused();
    await signer.sign(request);
    expect(asked()).toBe(2);
  });

  it("that cannot be had say what to do, and the next request asks again", async () => {
    let works = false;
    const signer = new BearerSigner(async () => ({
      getToken: async () => {
        if (works) return { token: "t", expiresOnTimestamp: Date.now() + 3_600_000 };
        throw new Error("not signed in");
      },
    }));
    await expect(signer.sign(request)).rejects.toMatchObject({
      code: "Unauthenticated",
      committed: false,
      message: expect.stringContaining("AZURE_STORAGE_CONNECTION_STRING"),
    });
    works = true;
    expect((await signer.sign(request)).headers).toContain("Bearer t");
  });
});
