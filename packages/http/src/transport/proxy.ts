import { StoreError } from "@stowage/core";
import { isLoopback } from "../loopback.js";

/**
 * The proxy of an origin: `given` when set (`""` is none), else the environment's `HTTPS_PROXY` or `HTTP_PROXY` (lower case
 * too) unless `NO_PROXY` names the host. The machine itself is never reached through a proxy of the environment.
 */
export function proxyFor(
  origin: string,
  given: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const { protocol, hostname, port } = new URL(origin);
  const proxy = given ?? environmentProxy(protocol, hostname, port, environment);
  if (proxy === undefined || proxy === "") return undefined;
  const url = proxy.includes("://") ? proxy : `http://${proxy}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new StoreError({
    code: "InvalidArgument",
    message: "the proxy is a URL such as http://proxy.example.com:3128",
  });
}

function environmentProxy(
  protocol: string,
  hostname: string,
  port: string,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const name = protocol === "https:" ? "https_proxy" : "http_proxy";
  const proxy = environment[name] ?? environment[name.toUpperCase()];
  if (proxy === undefined || isLoopback(hostname)) return undefined;
  const exceptions = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "").split(/[\s,]+/);
  return exceptions.some((exception) => names(exception, hostname, port)) ? undefined : proxy;
}

/** `*`, `host`, `.domain`, `*.domain`, each with or without `:port`; a domain means its hosts too. */
function names(exception: string, hostname: string, port: string): boolean {
  if (exception === "") return false;
  if (exception === "*") return true;
  const [, host = "", wantedPort] = /^(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const domain = host.replace(/^\*?\./, "");
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
