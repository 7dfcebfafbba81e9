import { createHmac, hash } from "node:crypto";
import type { Credentials, SigningScope } from "./credentials.js";
import type { SigningTime } from "./signing-time.js";

export const ALGORITHM = "AWS4-HMAC-SHA256";

/** SHA-256 works on blocks of 64 bytes; an HMAC begins with one, made of the key. Source: RFC 2104. */
const BLOCK = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const DIGEST = 32;

/**
 * Signs requests of one day to one region and service. The key is derived once; what is signed differs from one request to the next
 * in a hash only, so the two blocks of the HMAC are kept and two one-shot digests make a signature: a third of what an Hmac object
 * costs. Synchronous throughout, so the blocks have one user at a time.
 */
export class Signer {
  /** What follows the day in the credential: `day/region/service/aws4_request`. */
  readonly scope: string;
  readonly #inner: Buffer;
  readonly #outer: Buffer;
  #stamp = "";

  constructor(secretAccessKey: string, day: string, { region, service }: SigningScope) {
    this.scope = `${day}/${region}/${service}/aws4_request`;
    const key = deriveSigningKey(secretAccessKey, day, region, service);
    const text = stringToSign("0".repeat("YYYYMMDDTHHMMSSZ".length), this.scope);
    this.#inner = Buffer.alloc(BLOCK + Buffer.byteLength(text) + 2 * DIGEST, INNER_PAD);
    this.#outer = Buffer.alloc(BLOCK + DIGEST, OUTER_PAD);
    for (const [index, byte] of key.entries()) {
      this.#inner[index] = byte ^ INNER_PAD;
      this.#outer[index] = byte ^ OUTER_PAD;
    }
  }

  /** The signature of a canonical request, in hex. */
  sign(canonicalRequest: string, { stamp }: SigningTime): string {
    const inner = this.#inner;
    if (stamp !== this.#stamp) {
      inner.write(stringToSign(stamp, this.scope), BLOCK);
      this.#stamp = stamp;
    }
    inner.write(hash("sha256", canonicalRequest), inner.byteLength - 2 * DIGEST, "latin1");
    this.#outer.set(hash("sha256", inner, "buffer"), BLOCK);
    return hash("sha256", this.#outer);
  }
}

function stringToSign(stamp: string, scope: string): string {
  return `${ALGORITHM}\n${stamp}\n${scope}\n`;
}

/** Source: AWS Signature Version 4, "Deriving a signing key". */
function deriveSigningKey(secretAccessKey: string, ...steps: readonly string[]): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const step of [...steps, "aws4_request"]) key = createHmac("sha256", key).update(step).digest();
  return key;
}

interface Cached {
  readonly day: string;
  readonly scope: SigningScope;
  readonly signer: Signer;
}

const signers = new WeakMap<Credentials, Cached>();

/** The signer of the current day; by the credentials object itself, so that nothing has to be compared, and forgotten with it. */
export function signerOf(credentials: Credentials, day: string, scope: SigningScope): Signer {
  const cached = signers.get(credentials);
  if (cached !== undefined && cached.day === day && cached.scope === scope) return cached.signer;
  const signer = new Signer(credentials.secretAccessKey, day, scope);
  signers.set(credentials, { day, scope, signer });
  return signer;
}
