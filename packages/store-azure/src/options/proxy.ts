import type { Environment } from "./connection.js";

/**
 * Does the environment send requests to `origin` through a proxy? As the Azure SDK reads it: HTTPS_PROXY, ALL_PROXY or HTTP_PROXY,
 * and NO_PROXY with host names or `.domain` suffixes.
 */
export function usesProxy(origin: string, environment: Environment = process.env): boolean {
  const value = ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"]
    .map((name) => environment[name] ?? environment[name.toLowerCase()])
    .find((text) => text !== undefined && text !== "");
  if (value === undefined) return false;
  const { hostname } = new URL(origin);
  const exempt = (environment["NO_PROXY"] ?? environment["no_proxy"] ?? "").split(",").map((entry) => entry.trim());
  return !exempt.some((entry) => matchesHost(entry, hostname));
}

function matchesHost(entry: string, hostname: string): boolean {
  if (entry === "") return false;
  if (entry.startsWith(".")) return hostname === entry.slice(1) || hostname.endsWith(entry);
  return hostname === entry;
}
