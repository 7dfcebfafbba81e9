import type { BlobClient } from "@azure/storage-blob";
import { AZURE_COPY_FROM_URL_MAX, AZURE_COPY_SOURCE_EXPIRES_S, isStoreError } from "@stowage/core";
import type { DriverCall, DriverCopyCall, DriverInfo, DriverWritten } from "@stowage/core";
import { quoteEtag } from "@stowage/http";
import { writtenFromHeaders } from "../attributes/headers.js";
import { tokenCredential } from "../auth/signers.js";
import { callOptions } from "../options/call-options.js";
import type { Connection } from "../options/connection.js";
import { guarded } from "../sdk/guarded.js";
import { checkSdkKey } from "../sdk/sdk-clients.js";
import type { SdkClients } from "../sdk/sdk-clients.js";
import { askedOf } from "../wire/wire-writes.js";

/** One end of a copy. */
export interface CopyEnd {
  readonly clients: SdkClients;
  readonly connection: Connection;
}

/** The object to copy, as the driver of its store has just found it. */
export interface CopySource extends CopyEnd {
  readonly key: string;
  readonly info: DriverInfo;
}

const SCOPE = "https://storage.azure.com/.default";

/**
 * Copies inside the service, whole and at once (Copy Blob From URL), pinned to the version of the source that was found.
 * `undefined` where the service cannot: above 256 MiB, with other attributes than the source's, from a source that it cannot
 * reach or that these credentials cannot open to it.
 */
export async function copyInService(
  source: CopySource,
  target: CopyEnd,
  key: string,
  call: DriverCopyCall,
  storeTier: string | undefined,
): Promise<(DriverWritten & { readonly info?: DriverInfo }) | undefined> {
  if (call.attributes !== undefined || source.info.size > AZURE_COPY_FROM_URL_MAX) return undefined;
  if (isOtherBlobType(source.info)) return undefined;
  checkSdkKey(source.key);
  checkSdkKey(key);
  const from = await openToService(source, call);
  if (from === undefined) return undefined;
  const container = await target.clients.container();
  const { accessTier = storeTier, leaseId, tags } = callOptions(call.native);
  const elsewhere = !sameEndpoint(source.connection, target.connection);
  try {
    return await guarded(call, askedOf(call.conditions), async ({ signal }) => {
      const answer = await decliningUnreachable(
        container.getBlobClient(key).syncCopyFromURL(from.url, {
          abortSignal: signal,
          conditions: {
            ...(leaseId === undefined ? {} : { leaseId }),
            ...(call.conditions?.ifNoneMatch === undefined ? {} : { ifNoneMatch: "*" }),
          },
          sourceConditions: { ifMatch: quoteEtag(source.info.etag) },
          ...(from.token === undefined ? {} : { sourceAuthorization: { scheme: "Bearer", value: from.token } }),
          ...(accessTier === undefined ? {} : { tier: accessTier }),
          ...(tags === undefined ? {} : { tags: { ...tags } }),
        }),
      );
      return writtenFromHeaders(answer._response.headers.toJson(), source.info.size);
    });
  } catch (error) {
    if (error instanceof Declined || (elsewhere && maySucceedHere(error, call))) return undefined;
    throw error;
  }
}

function sameEndpoint(one: Connection, other: Connection): boolean {
  return one.endpoint.origin === other.endpoint.origin && one.endpoint.basePath === other.endpoint.basePath;
}

/**
 * A source of another account or service may be out of the service's reach while this process has just looked at it, whatever the
 * service says of it (that it is missing, forbidden, or nothing at all). A create-only copy whose answer was lost is not made twice.
 */
function maySucceedHere(error: unknown, call: DriverCopyCall): boolean {
  if (!isStoreError(error)) return false;
  if (error.code === "Unavailable") return call.conditions?.ifNoneMatch === undefined;
  return ["NotFound", "ContainerNotFound", "PermissionDenied", "Unauthenticated"].includes(error.code);
}

/** The service could not read the source; this process perhaps can. */
class Declined extends Error {}

async function decliningUnreachable<Answer>(request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "CannotVerifyCopySource" || code === "CopySourceNotReachable") throw new Declined();
    throw error;
  }
}

function isOtherBlobType({ native }: DriverInfo): boolean {
  return native?.["blobType"] !== undefined;
}

interface Opened {
  readonly url: string;
  readonly token?: string;
}

/** The source's URL with what lets the service read it. */
async function openToService({ clients, connection, key }: CopySource, call: DriverCall): Promise<Opened | undefined> {
  const client = (await clients.container()).getBlobClient(key);
  const { credential, endpoint } = connection;
  if (credential.kind === "sharedKey") return { url: await signedUrl(client) };
  if (credential.kind !== "token") return { url: client.url };
  if (!endpoint.origin.startsWith("https:")) return undefined;
  const token = await (await tokenCredential(credential)()).getToken(SCOPE, { ...abortable(call) });
  return token === null ? undefined : { url: client.url, token: token.token };
}

async function signedUrl(client: BlobClient): Promise<string> {
  const { BlobSASPermissions } = await import("@azure/storage-blob");
  return client.generateSasUrl({
    permissions: BlobSASPermissions.parse("r"),
    expiresOn: new Date(Date.now() + AZURE_COPY_SOURCE_EXPIRES_S * 1000),
  });
}

function abortable({ signal }: DriverCall): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
