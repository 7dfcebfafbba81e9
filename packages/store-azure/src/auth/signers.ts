import type { TokenCredential } from "@azure/identity";
import { AZURE_TOKEN_REFRESH_MS, isStoreError, redactedCause, StoreError } from "@stowage/core";
import type { AzureCredential, Connection } from "../options/connection.js";
import { SharedKeySigner } from "./shared-key.js";
import type { SignedRequest, Signer, UnsignedRequest } from "./signer.js";
import { plainHeaders, targetOf } from "./target.js";

/** The scope of a token for any storage account. */
const SCOPE = "https://storage.azure.com/.default";

/** The signer for a credential. */
export function createSigner({ account, credential }: Pick<Connection, "account" | "credential">): Signer {
  if (credential.kind === "token") return new BearerSigner(tokenCredential(credential));
  if (credential.kind === "sharedKey" && credential.key !== undefined)
    return new SharedKeySigner(account, credential.key);
  return new QuerySigner(credential.kind === "sas" ? credential.query : "");
}

/** Appends a shared access signature, or nothing. */
class QuerySigner implements Signer {
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  sign(request: UnsignedRequest): SignedRequest {
    return { target: targetOf(request.path, request.query, this.#query), headers: plainHeaders(request) };
  }

  refused(): void {
    // Nothing is cached.
  }
}

/** Sends a bearer token, renewed ahead of its end, by one request at a time. */
export class BearerSigner implements Signer {
  readonly #credential: () => Promise<TokenCredential>;
  #token: { readonly value: string; readonly renewAt: number } | undefined;
  #renewal: Promise<string> | undefined;

  constructor(credential: () => Promise<TokenCredential>) {
    this.#credential = credential;
  }

  sign(request: UnsignedRequest): SignedRequest | Promise<SignedRequest> {
    const token = this.#token;
    if (token !== undefined && Date.now() < token.renewAt) return signed(request, token.value);
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal.then((value) => signed(request, value));
  }

  refused(): void {
    this.#token = undefined;
  }

  async #renew(): Promise<string> {
    const token = await acquireToken(this.#credential);
    const renewAt = token.refreshAfterTimestamp ?? token.expiresOnTimestamp - AZURE_TOKEN_REFRESH_MS;
    this.#token = { value: token.token, renewAt };
    return token.token;
  }
}

function signed(request: UnsignedRequest, token: string): SignedRequest {
  const headers = plainHeaders(request);
  headers.push("authorization", `Bearer ${token}`);
  return { target: targetOf(request.path, request.query), headers };
}

async function acquireToken(
  credential: () => Promise<TokenCredential>,
): Promise<NonNullable<Awaited<ReturnType<TokenCredential["getToken"]>>>> {
  try {
    const token = await (await credential()).getToken(SCOPE);
    if (token !== null) return token;
  } catch (error) {
    throw unauthenticated(error);
  }
  throw unauthenticated(new Error("the credential gave no token"));
}

/** The StoreError for a credential that could not give a token. */
export function unauthenticated(error: unknown): StoreError {
  if (isStoreError(error)) return error;
  const said = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
  return new StoreError({
    code: "Unauthenticated",
    message: `no token for Azure Storage: ${said.replace(/\.$/, "")}. Sign in (az login), set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_KEY, or pass connectionString, accountKey, sasToken, credential or anonymous`,
    cause: redactedCause(error),
    committed: false,
  });
}

/** The user's credential, or DefaultAzureCredential, loaded when it is first needed: few need it and it is large. */
export function tokenCredential(
  credential: AzureCredential & { readonly kind: "token" },
): () => Promise<TokenCredential> {
  let made: TokenCredential | undefined = credential.credential;
  return async () => {
    if (made === undefined) {
      const { DefaultAzureCredential } = await import("@azure/identity");
      made ??= new DefaultAzureCredential();
    }
    return made;
  };
}
