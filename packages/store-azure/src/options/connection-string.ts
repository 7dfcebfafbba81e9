import { StoreError } from "@stowage/core";

/** What a connection string says; absent is what it leaves out. */
export interface ConnectionString {
  readonly accountName: string | undefined;
  readonly accountKey: string | undefined;
  readonly sasToken: string | undefined;
  readonly blobEndpoint: string | undefined;
  readonly protocol: string;
  readonly endpointSuffix: string | undefined;
}

/** Source: "Use the Azurite emulator"; the key is public. */
const EMULATOR: ConnectionString = {
  accountName: "devstoreaccount1",
  accountKey: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  sasToken: undefined,
  blobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
  protocol: "http",
  endpointSuffix: undefined,
};

/** Throws `InvalidArgument` when it is none; never shows what it was given. */
export function parseConnectionString(text: string): ConnectionString {
  const fields = new Map<string, string>();
  for (const part of text.split(";")) {
    if (part.trim() === "") continue;
    const equals = part.indexOf("=");
    if (equals < 1) throw invalid("a part without '='");
    fields.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  if (fields.get("usedevelopmentstorage")?.toLowerCase() === "true") return EMULATOR;
  const read: ConnectionString = {
    accountName: fields.get("accountname"),
    accountKey: fields.get("accountkey"),
    sasToken: fields.get("sharedaccesssignature"),
    blobEndpoint: fields.get("blobendpoint"),
    protocol: fields.get("defaultendpointsprotocol")?.toLowerCase() ?? "https",
    endpointSuffix: fields.get("endpointsuffix"),
  };
  if (read.accountKey === undefined && read.sasToken === undefined) {
    throw invalid("neither AccountKey nor SharedAccessSignature");
  }
  if (read.accountName === undefined && (read.blobEndpoint === undefined || read.accountKey !== undefined)) {
    throw invalid(
      read.accountKey === undefined ? "neither AccountName nor BlobEndpoint" : "an AccountKey but no AccountName",
    );
  }
  return read;
}

function invalid(found: string): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: `the Azure connection string has ${found}; copy it whole from "Access keys" or "Shared access signature" of the account`,
  });
}
