import { AZURE_KNOWN_UPLOADS_MAX } from "@stowage/core";
import { expect, it } from "vitest";
import { KnownUploads } from "./known-uploads.js";

it("remembers the latest uploads and forgets the oldest beyond its bound", () => {
  const known = new KnownUploads();
  for (let index = 0; index <= AZURE_KNOWN_UPLOADS_MAX; index++) known.set(`u${index}`, "open");
  known.set("u5", "ended");
  expect(known.get("u0")).toBeUndefined();
  expect(known.get("u1")).toBe("open");
  expect(known.get("u5")).toBe("ended");
});
