import { StoreError } from "@stowage/core";
import { isIP } from "node:net";
import { accountOfHost } from "../uri/hosts.js";

/** Where an account's blob service answers. */
export interface Endpoint {
  /** `https://host` or `http://host:port`. */
  readonly origin: string;
  /** What comes before the container: empty, or `/account` where one host serves several accounts. */
  readonly basePath: string;
}

/**
 * The service's URL, validated. A host that cannot carry the account in its name (an address, `localhost`, a bare name) gets it
 * as the first segment of the path, unless a path is there already.
 */
export function parseEndpoint(text: string, account: string): Endpoint {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw invalid(text, "is no URL", cause);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw invalid(text, "is neither http:// nor https://");
  if (url.username !== "" || url.password !== "") throw invalid(url.origin, "must hold no user name or password");
  if (url.search !== "" || url.hash !== "") {
    throw invalid(`${url.origin}${url.pathname}`, "has a query; pass a shared access signature as the option sasToken");
  }
  const named = accountOfHost(url.hostname);
  if (named !== undefined && named !== account) {
    throw invalid(text, `is that of account ${named}, but the URI names account ${account}`);
  }
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") return { origin: url.origin, basePath: isSharedHost(url.hostname) ? `/${account}` : "" };
  if (path.split("/").length > 2)
    throw invalid(text, "has a path of several segments; give the service's URL, without a container");
  if (isSharedHost(url.hostname) && path !== `/${account}`) {
    throw invalid(text, `is that of account ${path.slice(1)}, but the URI names account ${account}`);
  }
  return { origin: url.origin, basePath: path };
}

function isSharedHost(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, "")) !== 0 || !hostname.includes(".") || hostname === "host.docker.internal";
}

function invalid(text: string, reason: string, cause?: unknown): StoreError {
  return new StoreError({ code: "InvalidArgument", message: `the Azure endpoint ${text} ${reason}`, cause });
}
