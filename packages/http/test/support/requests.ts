import type { HttpRequest } from "../../src/index.js";

/** A request with everything a test does not care about filled in. */
export function request(origin: string, changes: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    origin,
    target: "/",
    headers: [],
    receive: () => "collect",
    replayable: true,
    timeouts: { connect: 5000, idle: 5000 },
    ...changes,
  };
}
