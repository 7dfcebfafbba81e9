import { StoreError } from "../errors/index.js";

// Option names of each operation, for the run-time check that nothing given is silently ignored.
const callNames = ["signal", "retries", "timeouts", "native"];
const conditionNames = ["ifMatch", "ifNoneMatch", "ifModifiedSince", "ifUnmodifiedSince"];
const attributeNames = [
  "contentType",
  "cacheControl",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
  "metadata",
];
const partNames = ["partSize", "concurrency"];

/** One name for each set of options. */
export type OptionSet =
  | "stat"
  | "exists"
  | "get"
  | "getMany"
  | "getRanges"
  | "put"
  | "beginUpload"
  | "complete"
  | "list"
  | "pages"
  | "delete"
  | "deletePrefix"
  | "copy"
  | "rename"
  | "presign"
  | "cleanup"
  | "listUploads"
  | "container"
  | "deleteContainer"
  | "copyPrefix"
  | "copyUri"
  | "plain";

const known: Readonly<Record<OptionSet, ReadonlySet<string>>> = {
  stat: new Set([...callNames, ...conditionNames, "versionId"]),
  exists: new Set([...callNames, "versionId"]),
  get: new Set([...callNames, ...conditionNames, ...partNames, "versionId", "range", "rangeThreshold", "onProgress"]),
  getMany: new Set([...callNames, "concurrency", "arena"]),
  getRanges: new Set([...callNames, ...conditionNames, "versionId", "concurrency", "coalesceGap"]),
  put: new Set([
    ...callNames,
    ...attributeNames,
    ...partNames,
    "ifMatch",
    "ifNoneMatch",
    "size",
    "multipartThreshold",
    "onProgress",
  ]),
  beginUpload: new Set([...callNames, ...attributeNames, "partSize"]),
  complete: new Set([...callNames, "ifMatch", "ifNoneMatch"]),
  list: new Set([...callNames, "prefix", "delimiter", "startAfter", "order"]),
  pages: new Set(["pageSize", "token"]),
  delete: new Set([...callNames, "ifMatch", "versionId"]),
  deletePrefix: new Set([...callNames, "all", "onProgress"]),
  copy: new Set([
    ...[...callNames, ...partNames, "ifMatch", "ifNoneMatch", "attributes"],
    ...["sourceIfMatch", "sourceVersionId", "onProgress"],
  ]),
  rename: new Set([...callNames, "ifNoneMatch"]),
  presign: new Set([
    ...["method", "expiresIn", "contentType", "contentLength", "ifNoneMatch", "versionId", "native"],
    ...["responseContentType", "responseContentDisposition"],
  ]),
  cleanup: new Set([...callNames, "olderThan"]),
  listUploads: new Set([...callNames, "prefix"]),
  container: new Set(["signal", "retries", "timeouts", "registry"]),
  deleteContainer: new Set(["signal", "retries", "timeouts", "registry", "force"]),
  copyUri: new Set([
    ...[...callNames, ...partNames, "ifMatch", "ifNoneMatch", "attributes", "sourceIfMatch", "sourceVersionId"],
    ...["onProgress", "from", "to", "registry"],
  ]),
  copyPrefix: new Set([
    ...["signal", "retries", "timeouts", "concurrency", "partSize", "ifNoneMatch", "attributes", "filter", "onObject"],
    ...["onProgress", "from", "to", "registry"],
  ]),
  plain: new Set(callNames),
};

/** `options` itself, or an empty record. Throws `InvalidArgument` for a non-object and for a name the operation does not know. */
export function checkOptions<Options extends object>(
  kind: OptionSet,
  options: Options | undefined,
): Options | Partial<Options> {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new StoreError({ code: "InvalidArgument", message: `options is an object, not ${describe(options)}` });
  }
  const names = known[kind];
  for (const name in options) {
    if (!names.has(name) && Object.hasOwn(options, name)) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `unknown option ${JSON.stringify(name)}; known: ${[...names].toSorted().join(", ")}`,
      });
    }
  }
  return options;
}

/** Validates a callback option. */
export function checkCallback(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new StoreError({ code: "InvalidArgument", message: `${name} is a function, not ${describe(value)}` });
  }
}

/** Validates an optional string option; an empty one says nothing useful and is refused. */
export function checkText(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw new StoreError({ code: "InvalidArgument", message: `${name} is a non-empty string, not ${describe(value)}` });
}

/** A wrong value in a message: itself where it is short and says something, else what kind it is. Never throws. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.slice(0, 40));
    case "number":
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "object";
    default:
      return typeof value;
  }
}
