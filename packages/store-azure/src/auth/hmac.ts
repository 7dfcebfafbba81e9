import { AZURE_SIGNED_TEXT_MAX } from "@stowage/core";
import { createHash, createHmac, hash } from "node:crypto";

/** Block size of SHA-256 in bytes, to which HMAC pads its key. Source: RFC 2104. */
const BLOCK = 64;
/** Bytes of a UTF-16 unit in UTF-8, at most. */
const UTF8_MAX = 3;
const DIGEST = 32;

/** HMAC-SHA-256 with a key that is padded once, in half the time that `createHmac` takes for a short text. */
export class HmacSha256 {
  readonly #key: Buffer;
  /** The padded key, and room behind it for what is hashed. */
  readonly #inner = Buffer.alloc(BLOCK + AZURE_SIGNED_TEXT_MAX, 0);
  readonly #outer = Buffer.alloc(BLOCK + DIGEST, 0);

  constructor(key: Buffer) {
    this.#key = key;
    const block = key.byteLength > BLOCK ? createHash("sha256").update(key).digest() : key;
    for (let index = 0; index < BLOCK; index += 1) {
      this.#inner[index] = (block[index] ?? 0) ^ 0x36;
      this.#outer[index] = (block[index] ?? 0) ^ 0x5c;
    }
  }

  /** The code of a text in UTF-8, in base64. */
  base64(text: string): string {
    if (text.length * UTF8_MAX > AZURE_SIGNED_TEXT_MAX)
      return createHmac("sha256", this.#key).update(text).digest("base64");
    const length = this.#inner.write(text, BLOCK, "utf8");
    this.#outer.write(hash("sha256", this.#inner.subarray(0, BLOCK + length), "hex"), BLOCK, "hex");
    return hash("sha256", this.#outer, "base64");
  }
}
