import { readFile } from "node:fs/promises";
import { StoreError } from "@stowage/core";
import type { Report } from "./types.js";

/** A report from its file; throws `InvalidArgument` for any other file. */
export async function readReport(path: string): Promise<Report> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new StoreError({ code: "InvalidArgument", message: `${path} cannot be read as JSON`, cause });
  }
  if (!isReport(value)) throw new StoreError({ code: "InvalidArgument", message: `${path} is no conformance report` });
  return value;
}

function isReport(value: unknown): value is Report {
  return (
    typeof value === "object" &&
    value !== null &&
    "schema" in value &&
    value.schema === "conformance-report/1" &&
    "results" in value &&
    Array.isArray(value.results)
  );
}
