import { expect, it } from "vitest";
import { hashesPayload } from "./payload-rule.js";

it.each([
  [undefined, "https:", "s3.amazonaws.com", false],
  ["auto", "http:", "storage.example.com", true],
  ["auto", "http:", "127.0.0.1", false],
  ["auto", "http:", "[::1]", false],
  ["never", "http:", "storage.example.com", false],
  ["always", "https:", "s3.amazonaws.com", true],
] as const)("signPayload %s at %s//%s: %s", (signPayload, protocol, hostname, hashes) => {
  expect(hashesPayload({ signPayload }, protocol, hostname)).toBe(hashes);
});
