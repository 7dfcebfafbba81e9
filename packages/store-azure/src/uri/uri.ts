import { StoreError } from "@stowage/core";
import type { Location } from "@stowage/core";
import { encodePath } from "@stowage/http";
import { accountOfHost, PUBLIC_CLOUD } from "./hosts.js";

const RAW = "az://";
const HTTPS = "https://";

/** Is this an `https://` URI of Azure Blob Storage, in any cloud? Custom domains are not: they come as `endpoint`. */
export function matches(uri: string): boolean {
  return isHttps(uri) && accountOfHost(hostOf(uri)) !== undefined;
}

/**
 * Splits `az://account/container/key` (the key raw) or `https://account.blob.core.windows.net/container/key` (percent-decoded)
 * into the container, spelled `account/container`, and the key. In other clouds than the public one the host stands for the
 * account, so that it can be reached again. An account alone is accepted as a store, for listing its containers.
 */
export function parse(uri: string | URL, as: "store" | "object"): Location {
  if (typeof uri !== "string") {
    if (uri instanceof URL && uri.protocol === "https:") return parse(uri.href, as);
    throw invalid(String(uri), "az:// URIs are given as strings: a URL object has already altered the key");
  }
  const { container, key } = isHttps(uri) ? parseHttps(uri) : parseRaw(uri);
  if (as === "store") return { container, key: key === "" || key.endsWith("/") ? key : `${key}/` };
  if (!container.includes("/") || key === "")
    throw invalid(uri, "it names no object; write az://account/container/key");
  return { container, key };
}

/** The URI of a key; of the container, with a final slash, when the key is empty; of an account alone. */
export function format(container: string, key: string): string {
  const { account, host, name } = splitContainer(container);
  const path = name === "" ? "" : `${name}/`;
  return host === undefined ? `${RAW}${account}/${path}${key}` : `${HTTPS}${host}/${path}${encodePath(key)}`;
}

export interface ContainerParts {
  readonly account: string;
  /** Only when it is not the public cloud's. */
  readonly host: string | undefined;
  /** Empty for an account alone. */
  readonly name: string;
}

/** What the canonical spelling of a container (or account) says. */
export function splitContainer(container: string): ContainerParts {
  const slash = container.indexOf("/");
  const first = slash === -1 ? container : container.slice(0, slash);
  const name = slash === -1 ? "" : container.slice(slash + 1);
  const account = accountOfHost(first);
  return account === undefined ? { account: first, host: undefined, name } : { account, host: first, name };
}

function parseRaw(uri: string): Location {
  if (!uri.startsWith(RAW)) throw invalid(uri, "it begins with neither az:// nor https://");
  const [account, name, key] = splitPath(uri.slice(RAW.length));
  if (accountOfHost(account) !== undefined) return location(uri, canonicalAccount(account), name, key);
  if (!/^[a-z0-9]{3,24}$/.test(account)) {
    throw invalid(uri, "an account name has 3 to 24 lower-case letters and digits; write az://account/container/key");
  }
  return location(uri, account, name, key);
}

function parseHttps(uri: string): Location {
  const host = hostOf(uri);
  if (accountOfHost(host) === undefined)
    throw invalid(uri, "its host is none of Azure Blob Storage; a custom domain goes into `endpoint`");
  const path = uri.slice(HTTPS.length + host.length);
  if (path.includes("?")) {
    throw invalid(
      uri.slice(0, uri.indexOf("?")),
      "it has a query; pass a shared access signature as the option sasToken",
    );
  }
  if (path.includes("#")) throw invalid(uri, "it has a fragment; a '#' in a key is written %23");
  const [name, key] = cut(path.slice(1));
  return location(uri, canonicalAccount(host), decode(uri, name), decode(uri, key));
}

/** A host of the public cloud goes by its account's name. */
function canonicalAccount(host: string): string {
  const account = accountOfHost(host);
  return account !== undefined && host === `${account}.blob.${PUBLIC_CLOUD}` ? account : host;
}

function location(uri: string, account: string, name: string, key: string): Location {
  if (name === "") {
    if (key !== "") throw invalid(uri, "it names no container");
    return { container: account, key };
  }
  // The reserved and the malformed alike are refused when the container is opened or made, with the reason.
  return { container: `${account}/${name}`, key };
}

function splitPath(path: string): [account: string, name: string, key: string] {
  const [account, rest] = cut(path);
  return [account, ...cut(rest)];
}

function cut(path: string): [first: string, rest: string] {
  const slash = path.indexOf("/");
  return slash === -1 ? [path, ""] : [path.slice(0, slash), path.slice(slash + 1)];
}

function isHttps(uri: string): boolean {
  return /^https:\/\//i.test(uri);
}

/** As written, lower-cased, with a port if there is one. Not through `URL`, which would alter the path too. */
function hostOf(uri: string): string {
  const rest = uri.slice(HTTPS.length);
  const end = rest.search(/[/?#]/);
  return (end === -1 ? rest : rest.slice(0, end)).toLowerCase();
}

function decode(uri: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid(uri, "its percent-encoding is malformed", cause);
  }
}

function invalid(uri: string, reason: string, cause?: unknown): StoreError {
  return new StoreError({
    code: "InvalidUri",
    message: `${JSON.stringify(uri.slice(0, 200))} is no Azure URI: ${reason}`,
    cause,
  });
}
