import { createHmac, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Credentials, SigningScope } from "./credentials.js";

/** The key of one day, region and service. Source: AWS Signature Version 4, "Deriving a signing key". */
export function deriveSigningKey(secretAccessKey: string, day: string, scope: SigningScope): KeyObject {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const step of [day, scope.region, scope.service, "aws4_request"]) {
    key = createHmac("sha256", key).update(step).digest();
  }
  return createSecretKey(key);
}

/**
 * Signing keys by credentials, for the current day: four HMACs saved a request. Keyed by the credentials object itself, so that
 * nothing has to be compared, and forgotten with it.
 */
export class SigningKeys {
  readonly #keys = new WeakMap<Credentials, { readonly name: string; readonly key: KeyObject }>();

  get(credentials: Credentials, day: string, scope: SigningScope): KeyObject {
    const name = `${day}/${scope.region}/${scope.service}`;
    const cached = this.#keys.get(credentials);
    if (cached !== undefined && cached.name === name) return cached.key;
    const key = deriveSigningKey(credentials.secretAccessKey, day, scope);
    this.#keys.set(credentials, { name, key });
    return key;
  }
}
