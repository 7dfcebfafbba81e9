import type { BlobGenerateSasUrlOptions, UserDelegationKey } from "@azure/storage-blob";
import { AZURE_DELEGATION_KEY_S, StoreError } from "@stowage/core";
import type { DriverPresignCall, PresignedRequest } from "@stowage/core";
import { SERVICE_VERSION } from "../auth/signer.js";
import type { Connection } from "../options/connection.js";
import { guarded } from "../sdk/guarded.js";
import { checkSdkKey } from "../sdk/sdk-clients.js";
import type { SdkClients } from "../sdk/sdk-clients.js";
import { checkUploadId, partBlockId } from "./upload-id.js";

/** Signed URLs of single objects: a service SAS by the account key, or a user delegation SAS by a token. */
export class Presigner {
  readonly #clients: SdkClients;
  readonly #connection: Connection;
  #delegation: { readonly key: UserDelegationKey; readonly expires: number } | undefined;

  constructor(clients: SdkClients, connection: Connection) {
    this.#clients = clients;
    this.#connection = connection;
  }

  async presign(key: string, call: DriverPresignCall): Promise<PresignedRequest> {
    checkSdkKey(key);
    if (call.contentLength !== undefined) {
      throw new StoreError({
        code: "Unsupported",
        message: "a shared access signature cannot bind the length of what is uploaded; leave contentLength out",
        capability: "presign",
      });
    }
    const { BlobSASPermissions, SASProtocol } = await import("@azure/storage-blob");
    // A signature's times have whole seconds.
    const expiresAt = new Date((Math.floor(Date.now() / 1000) + call.expiresIn) * 1000);
    const secure = this.#connection.endpoint.origin.startsWith("https:");
    const url = await this.#signed(key, expiresAt, {
      permissions: BlobSASPermissions.parse(permissionsFor(call)),
      expiresOn: expiresAt,
      // What the data path speaks: the SDK's own, newest version is not known everywhere yet.
      version: SERVICE_VERSION,
      protocol: secure ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
      ...(call.responseContentType === undefined ? {} : { contentType: call.responseContentType }),
      ...(call.responseContentDisposition === undefined ? {} : { contentDisposition: call.responseContentDisposition }),
    });
    const { part, method } = call;
    if (part !== undefined) {
      const blockId = partBlockId(checkUploadId(part.upload.id), part.partNumber);
      return { url: `${url}&comp=block&blockid=${encodeURIComponent(blockId)}`, method, headers: {}, expiresAt };
    }
    return { url, method, headers: headersFor(call), expiresAt };
  }

  async #signed(key: string, expiresAt: Date, options: BlobGenerateSasUrlOptions): Promise<string> {
    const client = (await this.#clients.container()).getBlobClient(key);
    if (this.#connection.credential.kind === "sharedKey") return client.generateSasUrl(options);
    return client.generateUserDelegationSasUrl(options, await this.#delegationKey(expiresAt));
  }

  /** One key serves all signatures until it expires. */
  async #delegationKey(until: Date): Promise<UserDelegationKey> {
    if (this.#delegation !== undefined && this.#delegation.expires >= until.getTime()) return this.#delegation.key;
    const service = await this.#clients.service();
    const now = Date.now();
    const expires = now + AZURE_DELEGATION_KEY_S * 1000;
    const call = { signal: undefined, timeouts: { connect: undefined, idle: undefined }, native: undefined };
    const key = await guarded(call, {}, ({ signal }) =>
      service.getUserDelegationKey(new Date(now), new Date(expires), { abortSignal: signal }),
    );
    this.#delegation = { key, expires };
    return key;
  }
}

function permissionsFor({ method, ifNoneMatch, part }: DriverPresignCall): string {
  if (part !== undefined) return "w";
  // `c` alone creates and never overwrites, whatever headers the uploader sends.
  if (method === "PUT") return ifNoneMatch === undefined ? "cw" : "c";
  return method === "DELETE" ? "d" : "r";
}

function headersFor({ method, contentType, ifNoneMatch }: DriverPresignCall): Record<string, string> {
  if (method !== "PUT") return {};
  return {
    "x-ms-blob-type": "BlockBlob",
    ...(contentType === undefined ? {} : { "content-type": contentType }),
    ...(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
  };
}
