import { StoreError } from "@stowage/core";

/** Where a listing goes on: the service's marker, with what it is a marker of. */
interface PageToken {
  readonly marker: string;
  readonly prefix: string;
  readonly delimiter: string | null;
}

export function formatPageToken(marker: string, prefix: string, delimiter: string | undefined): string {
  const token: PageToken = { marker, prefix, delimiter: delimiter ?? null };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** The marker. Throws `InvalidArgument` for a token of another listing, or for none at all. */
export function readPageToken(text: string, prefix: string, delimiter: string | undefined): string {
  const token = parse(text);
  if (token === undefined) throw invalid("this is no page token of an az:// store");
  if (token.prefix !== prefix || token.delimiter !== (delimiter ?? null)) {
    throw invalid("the page token is that of a listing with another prefix or delimiter");
  }
  return token.marker;
}

function parse(text: string): PageToken | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (!("marker" in value && "prefix" in value && "delimiter" in value)) return undefined;
  const { marker, prefix, delimiter } = value;
  if (typeof marker !== "string" || marker === "" || typeof prefix !== "string") return undefined;
  return delimiter === null || typeof delimiter === "string" ? { marker, prefix, delimiter } : undefined;
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
