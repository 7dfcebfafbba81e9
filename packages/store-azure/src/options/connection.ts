import type { TokenCredential } from "@azure/identity";
import type { BlobServiceClient } from "@azure/storage-blob";
import { StoreError } from "@stowage/core";
import { hostOfAccount } from "../uri/hosts.js";
import { splitContainer } from "../uri/uri.js";
import { parseConnectionString } from "./connection-string.js";
import { parseEndpoint } from "./endpoint.js";
import type { Endpoint } from "./endpoint.js";
import type { AzureOptions } from "./options.js";

export type AzureCredential =
  /** `undefined`: known to the user's client only. */
  | { readonly kind: "sharedKey"; readonly key: string | undefined }
  /** Without the leading `?`. */
  | { readonly kind: "sas"; readonly query: string }
  /** `undefined`: `DefaultAzureCredential`, made when it is first needed. */
  | { readonly kind: "token"; readonly credential: TokenCredential | undefined }
  | { readonly kind: "anonymous" };

/** Everything that options, environment and URI say about reaching one account. */
export interface Connection {
  readonly account: string;
  /** Empty for an account alone. */
  readonly containerName: string;
  readonly endpoint: Endpoint;
  readonly credential: AzureCredential;
  /** The user's own client, whose credential is then the one that counts. */
  readonly client: BlobServiceClient | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Who talks to which service. Credentials, first match: `client`, `connectionString`, `accountKey`, `sasToken`, `credential`,
 * `anonymous`, then AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, then `DefaultAzureCredential`.
 * Throws `InvalidArgument` when they belong to another account than the URI's.
 */
export function resolveConnection(
  container: string,
  options: AzureOptions,
  environment: Environment = process.env,
): Connection {
  const { account, host, name } = splitContainer(container);
  if (account === "")
    throw new StoreError({ code: "InvalidUri", message: "an az:// URI needs an account: az://account/container" });
  const found = findCredential(account, options, environment);
  const url = options.endpoint ?? found.endpoint ?? `https://${host ?? hostOfAccount(account, found.suffix)}`;
  const endpoint = parseEndpoint(url, account);
  if (found.credential.kind === "token" && endpoint.origin.startsWith("http:")) {
    throw invalid(`bearer tokens travel over https only, not to ${endpoint.origin}`);
  }
  return { account, containerName: name, endpoint, credential: found.credential, client: options.client };
}

interface Found {
  readonly credential: AzureCredential;
  readonly endpoint?: string | undefined;
  readonly suffix?: string | undefined;
}

function findCredential(account: string, options: AzureOptions, environment: Environment): Found {
  const { client, connectionString, accountKey, sasToken, credential, anonymous } = options;
  if (client !== undefined) return fromClient(account, client);
  if (connectionString !== undefined)
    return fromConnectionString(account, connectionString, "the option connectionString");
  if (accountKey !== undefined) return { credential: sharedKey(accountKey, "the option accountKey") };
  if (sasToken !== undefined) return { credential: sas(sasToken) };
  if (credential !== undefined) return { credential: { kind: "token", credential } };
  if (anonymous === true) return { credential: { kind: "anonymous" } };
  return fromEnvironment(account, environment);
}

function fromEnvironment(account: string, environment: Environment): Found {
  const connectionString = environment["AZURE_STORAGE_CONNECTION_STRING"];
  if (isSet(connectionString))
    return fromConnectionString(account, connectionString, "AZURE_STORAGE_CONNECTION_STRING");
  const key = environment["AZURE_STORAGE_KEY"];
  const sasToken = environment["AZURE_STORAGE_SAS_TOKEN"];
  if (isSet(key) || isSet(sasToken)) {
    const named = environment["AZURE_STORAGE_ACCOUNT"];
    if (isSet(named)) checkAccount(account, named, "AZURE_STORAGE_ACCOUNT");
  }
  if (isSet(key)) return { credential: sharedKey(key, "AZURE_STORAGE_KEY") };
  if (isSet(sasToken)) return { credential: sas(sasToken) };
  return { credential: { kind: "token", credential: undefined } };
}

function fromConnectionString(account: string, text: string, source: string): Found {
  const read = parseConnectionString(text);
  if (read.accountName !== undefined) checkAccount(account, read.accountName, source);
  const endpoint = read.blobEndpoint ?? `${read.protocol}://${hostOfAccount(account, read.endpointSuffix)}`;
  if (read.accountKey !== undefined) return { credential: sharedKey(read.accountKey, source), endpoint };
  return { credential: sas(read.sasToken ?? ""), endpoint };
}

function fromClient(account: string, client: BlobServiceClient): Found {
  if (client.accountName !== "") checkAccount(account, client.accountName, "the client given");
  const url = new URL(client.url);
  const query = url.search.slice(1);
  const endpoint = `${url.origin}${url.pathname}`;
  const { credential } = client;
  if (query !== "") return { credential: sas(query), endpoint };
  if ("accountName" in credential) return { credential: { kind: "sharedKey", key: undefined }, endpoint };
  if ("getToken" in credential) return { credential: { kind: "token", credential }, endpoint };
  return { credential: { kind: "anonymous" }, endpoint };
}

function sharedKey(key: string, source: string): AzureCredential {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || key.length % 4 !== 0) {
    throw invalid(`${source} is no account key: one is base64, copied whole from "Access keys" of the account`);
  }
  return { kind: "sharedKey", key };
}

function sas(token: string): AzureCredential {
  const query = token.startsWith("?") ? token.slice(1) : token;
  if (!/(?:^|&)sig=[^&]+/.test(query)) {
    throw invalid("the shared access signature holds no sig=; copy the token whole (everything after the '?')");
  }
  return { kind: "sas", query };
}

function checkAccount(account: string, named: string, source: string): void {
  if (named === account) return;
  throw invalid(`the URI names account ${account}, but ${source} is for account ${named}`);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
