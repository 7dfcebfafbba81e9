import { createStore, TRANSFER_DEFAULTS } from "@stowage/core";
import { describe, expect, it } from "vitest";
import { S3Driver } from "../src/driver.js";
import { plugin } from "../src/index.js";
import { openConnection } from "../src/open-connection.js";
import { capture, errorBody } from "./support/capture.js";
import { base, BEGUN } from "./support/wire-store.js";

const MIB = 1024 * 1024;
const reason = new Error("enough");

describe.each(["direct", "sdk"] as const)("given up while the service begins an upload (%s)", (transport) => {
  it.each(["put", "copy", "beginUpload"] as const)(
    "%s aborts what was begun, again where the service is busy",
    async (operation) => {
      const controller = new AbortController();
      const { signal } = controller;
      let refusals = 1;
      await using server = await capture(({ method, url }) => {
        if (method === "HEAD") return { headers: { "content-length": 7 * MIB } };
        if (method === "DELETE" && (refusals -= 1) >= 0) return { status: 503, body: errorBody("SlowDown") };
        if (method !== "POST" || !url.includes("uploads")) return { status: 204 };
        controller.abort(reason);
        return { body: BEGUN };
      });
      const connection = await openConnection(
        base.bucket,
        { ...base, endpoint: server.endpoint, transport },
        TRANSFER_DEFAULTS.timeouts,
      );
      const limits = { onceMost: 6 * MIB, partSize: 5 * MIB };
      await using store = createStore(new S3Driver(connection, limits), { plugin, container: base.bucket });
      const run = {
        put: () => store.put("k", new Uint8Array(7 * MIB), { multipartThreshold: 6 * MIB, partSize: 5 * MIB, signal }),
        copy: () => store.copy("large", "k", { signal }),
        beginUpload: () => store.beginUpload("k", { signal }),
      };
      await expect(run[operation]()).rejects.toBe(reason);
      const asked = server.requests.map(({ method, url }) => {
        const { pathname, searchParams } = new URL(url, server.endpoint);
        return [method, pathname, searchParams.get("uploadId")];
      });
      expect(asked.filter(([method]) => method !== "HEAD")).toEqual([
        ["POST", "/bucket/k", null],
        ["DELETE", "/bucket/k", "u"],
        ["DELETE", "/bucket/k", "u"],
      ]);
    },
  );
});
