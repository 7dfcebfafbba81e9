import type { PresignedRequest } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { legalKeys } from "./key-tables.js";

function send(t: CaseContext, request: PresignedRequest, init: RequestInit = {}): Promise<Response> {
  const fetcher = t.harness.fetch?.bind(t.harness) ?? fetch;
  return fetcher(request.url, { method: request.method, headers: request.headers, ...init });
}

async function status(t: CaseContext, request: PresignedRequest, init: RequestInit = {}): Promise<number> {
  const response = await send(t, request, init);
  await response.arrayBuffer();
  return response.status;
}

/** The body that a request of this method needs. */
const bodyOf = (method: string): RequestInit => (method === "PUT" ? { body: "x" } : {});

export const presignCases: readonly Case[] = defineArea("R", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, needs: ["presign", ...(extra.needs ?? [])] });

  define("ps.get", 303, "a URL that nobody can use", async (t) => {
    await t.store.put("a", t.data(1000));
    const request = await t.store.presign("a");
    t.equal(request.method, "GET", "method by default");
    const response = await send(t, request);
    t.equal(response.status, 200, "status");
    t.bytes(new Uint8Array(await response.arrayBuffer()), t.data(1000), "body");
  });

  define("ps.head", 303, "a HEAD that is a GET", async (t) => {
    await t.store.put("a", t.data(1000));
    const response = await send(t, await t.store.presign("a", { method: "HEAD" }));
    t.equal([response.status, response.headers.get("content-length")], [200, "1000"], "status and length");
  });

  define("ps.put", 303, "an upload that goes elsewhere", async (t) => {
    const request = await t.store.presign("dir/a", { method: "PUT" });
    t.ok((await status(t, request, { body: t.data(500) })) < 300, "a status of success");
    await t.holds("dir/a", t.data(500));
  });

  define("ps.delete", 303, "a delete that does nothing", async (t) => {
    await t.store.put("a", "1");
    t.ok((await status(t, await t.store.presign("a", { method: "DELETE" }))) < 300, "a status of success");
    await t.absent("a");
  });

  define("ps.missing", 303, "a missing object served as an empty one", async (t) => {
    t.equal(await status(t, await t.store.presign("missing")), 404, "status");
  });

  for (const signed of ["GET", "PUT", "DELETE"] as const) {
    define(`ps.method-confusion/${signed}`, 304, "a URL to read with which one can write", async (t) => {
      await t.store.put("a", "old");
      const request = await t.store.presign("a", { method: signed });
      for (const method of ["GET", "PUT", "DELETE"].filter((other) => other !== signed)) {
        const refused = await status(t, { ...request, method }, bodyOf(method));
        t.ok(refused >= 400, `${method} with a URL for ${signed} answers ${refused}`);
      }
      await t.holds("a", "old");
    });
  }

  define("ps.no-query", 305, "an object open to the world without its signature", async (t) => {
    await t.store.put("a", "1");
    const request = await t.store.presign("a");
    const bare = await status(t, { ...request, url: request.url.replace(/\?.*$/, "") });
    t.ok(bare >= 400, `without the query the answer is ${bare}`);
  });

  define("ps.tampered", 305, "a signature nobody looks at", async (t) => {
    await t.store.put("a", "1");
    const { url, ...rest } = await t.store.presign("a");
    const last = url.at(-1) === "0" ? "1" : "0";
    const tampered = await status(t, { ...rest, url: `${url.slice(0, -4)}${last.repeat(4)}` });
    t.ok(tampered >= 400, `a tampered signature answers ${tampered}`);
  });

  define("ps.content-type", 306, "another content type than the one signed", async (t) => {
    const request = await t.store.presign("a", { method: "PUT", contentType: "text/x-signed" });
    t.ok((await status(t, request, { body: "x" })) < 300, "the signed type is accepted");
    t.equal((await t.store.stat("a")).contentType, "text/x-signed", "content type");
    const other = await status(
      t,
      { ...request, headers: { ...request.headers, "content-type": "text/html" } },
      { body: "y" },
    );
    t.ok(other >= 400, `another content type answers ${other}`);
    await t.holds("a", "x");
  });

  for (const [name, expiresIn] of Object.entries({
    zero: 0,
    negative: -1,
    fraction: 1.5,
    "above-week": 604_801,
    NaN: Number.NaN,
  })) {
    define(`ps.expiry-invalid/${name}`, 307, "a URL for ever", async (t) => {
      await t.rejects(() => t.store.presign("a", { expiresIn }), "InvalidArgument", `expiresIn ${expiresIn}`);
    });
  }

  define(
    "ps.expires",
    307,
    "a URL that works after its time",
    async (t) => {
      await t.store.put("a", "1");
      const before = Date.now();
      const request = await t.store.presign("a", { expiresIn: 1 });
      t.ok(Math.abs(request.expiresAt.getTime() - before - 1000) < 5000, "expiresAt is a second away");
      await new Promise((resolve) => setTimeout(resolve, 2100));
      const late = await status(t, request);
      t.ok(late >= 400, `after its time the answer is ${late}`);
    },
    { size: "M" },
  );

  for (const name of [
    "space-inner",
    "plus",
    "percent-letter",
    "percent-slash",
    "question",
    "hash",
    "sigv4-extra",
    "xml",
    "cjk",
    "flag",
    "backslash",
    "encoded-dots",
  ]) {
    define(`ps.key/${name}`, 308, "a key encoded in another way by the URL than by its signature", async (t) => {
      const key = legalKeys.find((one) => one.name === name)?.key ?? name;
      t.ok(
        (await status(t, await t.store.presign(key, { method: "PUT" }), { body: t.data(50) })) < 300,
        "PUT succeeds",
      );
      await t.holds(key, t.data(50));
      const response = await send(t, await t.store.presign(key));
      t.bytes(new Uint8Array(await response.arrayBuffer()), t.data(50), "body");
      await t.lists([key]);
    });
  }

  define(
    "ps.create-only",
    309,
    "a condition that the URL forgets",
    async (t) => {
      const request = await t.store.presign("a", { method: "PUT", ifNoneMatch: "*" });
      t.ok((await status(t, request, { body: "first" })) < 300, "a missing key");
      const again = await status(t, request, { body: "second" });
      t.ok(again >= 400, `an existing key answers ${again}`);
      await t.holds("a", "first");
    },
    { needs: ["createOnly"] },
  );

  define(
    "ps.multipart-part",
    310,
    "a part that only the credentials' owner can send",
    async (t) => {
      const partSize = t.capabilities.limits.partBytesMin ?? 1000;
      const upload = await t.store.beginUpload("a", { partSize });
      t.ok((await status(t, await upload.presignPart(1), { body: t.data(partSize) })) < 300, "PUT of part 1");
      await upload.uploadPart(2, "end");
      await upload.complete();
      await t.holds("a", Buffer.concat([t.data(partSize), Buffer.from("end")]));
    },
    { needs: ["multipart", "listParts"], size: "M" },
  );

  define("ps.response-headers", 311, "overrides that are dropped", async (t) => {
    await t.store.put("a", "1");
    const request = await t.store.presign("a", {
      responseContentType: "text/x-asked",
      responseContentDisposition: "attachment; filename=a",
    });
    const response = await send(t, request);
    await response.arrayBuffer();
    t.equal(
      [response.headers.get("content-type"), response.headers.get("content-disposition")],
      ["text/x-asked", "attachment; filename=a"],
      "headers",
    );
  });

  define("ps.bad-options", 307, "options of a PUT on a GET, ignored", async (t) => {
    await t.rejects(() => t.store.presign("a", { contentType: "text/plain" }), "InvalidArgument", "contentType on GET");
    const method = (): Promise<unknown> => Reflect.apply(t.store.presign, t.store, ["a", { method: "POST" }]);
    await t.rejects(method, "InvalidArgument", "POST");
    await t.rejects(() => t.store.presign(""), "InvalidKey", "an empty key");
  });
});
