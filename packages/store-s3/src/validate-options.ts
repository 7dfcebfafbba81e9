import { StoreError } from "@stowage/core";
import { CHECKSUM_ALGORITHMS } from "@stowage/http";
import type { S3StoreOptions } from "./options.js";
import { FEATURE_NAMES, SERVICE_NAMES } from "./services.js";

/** Throws `InvalidArgument` for options that cannot mean anything, naming the option and what it takes. */
export function validateOptions(options: S3StoreOptions): void {
  for (const name of [
    "region",
    "accessKeyId",
    "secretAccessKey",
    "sessionToken",
    "profile",
    "caFile",
    "expectedBucketOwner",
  ] as const) {
    text(name, options[name]);
  }
  for (const name of [
    "forcePathStyle",
    "anonymous",
    "useDualstack",
    "useFips",
    "useAccelerate",
    "requesterPays",
  ] as const) {
    if (options[name] !== undefined && typeof options[name] !== "boolean") throw invalid(`${name} is true or false`);
  }
  oneOf("service", options.service, SERVICE_NAMES);
  oneOf("transport", options.transport, ["direct", "undici", "sdk"]);
  oneOf("checksums", options.checksums, ["auto", "required", "off"]);
  oneOf("checksumAlgorithm", options.checksumAlgorithm, CHECKSUM_ALGORITHMS);
  oneOf("signPayload", options.signPayload, ["auto", "always", "never"]);
  featureAnswers(options.features);
  const { connections, endpoint, proxy } = options;
  if (connections !== undefined && (!Number.isSafeInteger(connections) || connections < 1)) {
    throw invalid(`connections is a positive integer, not ${String(connections)}`);
  }
  if (endpoint !== undefined) httpUrl("endpoint", endpoint);
  if (proxy !== undefined && proxy !== "") httpUrl("proxy", proxy);
  if ((options.accessKeyId === undefined) !== (options.secretAccessKey === undefined)) {
    throw invalid("accessKeyId and secretAccessKey go together");
  }
  if (options.sessionToken !== undefined && options.accessKeyId === undefined)
    throw invalid("sessionToken needs accessKeyId");
  exclusive(options);
}

const SOURCES = ["accessKeyId", "credentials", "profile", "client"] as const;

function exclusive(options: S3StoreOptions): void {
  const given: string[] = SOURCES.filter((name) => options[name] !== undefined);
  if (options.anonymous === true) given.push("anonymous");
  if (given.length > 1)
    throw invalid(`${given.join(" and ")} exclude each other: each says where credentials come from`);
  if (options.client === undefined) return;
  const own = [
    "region",
    "endpoint",
    "forcePathStyle",
    "useDualstack",
    "useFips",
    "useAccelerate",
    "proxy",
    "tls",
    "caFile",
  ] as const;
  const conflicting = own.filter((name) => options[name] !== undefined);
  if (conflicting.length > 0)
    throw invalid(`${conflicting.join(", ")}: configure the client itself, it is used as it is`);
  const { transport } = options;
  if (transport === "direct" || transport === "undici") {
    throw invalid(`transport "${transport}" cannot be had with a client of one's own`);
  }
}

/** A name that is none would leave the service's preset in force without a word. */
function featureAnswers(features: unknown): void {
  if (features === undefined) return;
  const known = `known: ${FEATURE_NAMES.join(", ")}`;
  if (typeof features !== "object" || features === null || Array.isArray(features)) {
    throw invalid(`features is an object of true and false by name, not ${JSON.stringify(features)}; ${known}`);
  }
  for (const [name, value] of Object.entries(features)) {
    if (!FEATURE_NAMES.includes(name)) throw invalid(`features has no ${JSON.stringify(name)}; ${known}`);
    if (value !== undefined && typeof value !== "boolean") {
      throw invalid(`features.${name} is true or false, not ${JSON.stringify(value)}; ${known}`);
    }
  }
}

function text(name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== "string" || value === ""))
    throw invalid(`${name} is a non-empty string`);
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || (typeof value === "string" && allowed.includes(value))) return;
  throw invalid(`${name} is one of ${allowed.join(", ")}, not ${JSON.stringify(value)}`);
}

function httpUrl(name: string, value: unknown): void {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid(`${name} is a URL such as https://s3.example.com, not ${JSON.stringify(value)}`);
  }
  if (name === "endpoint" && (url.search !== "" || url.hash !== "" || url.username !== "")) {
    throw invalid("endpoint has no user, query or fragment");
  }
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
