import * as fc from "fast-check";
import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { HmacSha256 } from "./hmac.js";

it("is the HMAC that node:crypto makes, for keys and texts of any length, one after another", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.string({ unit: "binary", maxLength: 3000 }), { minLength: 1, maxLength: 4 }),
      (key, texts) => {
        const hmac = new HmacSha256(Buffer.from(key));
        const made = texts.map((text) => hmac.base64(text));
        expect(made).toEqual(texts.map((text) => createHmac("sha256", key).update(text).digest("base64")));
      },
    ),
    { numRuns: 50 },
  );
});
