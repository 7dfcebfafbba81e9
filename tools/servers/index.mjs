// Servers for tests, benchmarks and people: each starts on a free loopback port, as any user, and stops with its starter.
export { startS3Server } from "./miniflare/start.mjs";
export { startRgw } from "./rgw/start.mjs";
export { startAzurite } from "./azurite/start.mjs";
export { startFaultProxy } from "./fault-proxy/fault-proxy.mjs";
export { selfSignedCertificate } from "./self-signed.mjs";

/** @typedef {import("./types.js").S3Server} S3Server */
/** @typedef {import("./types.js").AzureServer} AzureServer */
