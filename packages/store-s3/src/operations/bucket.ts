import type { S3Connection } from "../connection/connection.js";
import { meaningOf, storeError } from "../errors/error-table.js";
import { readFailure } from "../errors/failure.js";
import type { HttpResponse } from "@stowage/http";
import type { StoreError } from "@stowage/core";
import { collect, NO_QUERY } from "../requests/request.js";
import type { RequestCall, S3Requester } from "../requests/request.js";

/** What is known of the bucket itself, and what a failed request to it means. */
export class Bucket {
  readonly connection: S3Connection;
  readonly requester: S3Requester;
  /** Some request has shown that the bucket is there. */
  #seen = false;

  constructor(connection: S3Connection, requester: S3Requester) {
    this.connection = connection;
    this.requester = requester;
  }

  seen(): void {
    this.#seen = true;
  }

  /** Is it there? Rejects when the service does not say: `PermissionDenied` among others. */
  async exists(call: RequestCall): Promise<boolean> {
    const answer = await this.#head(call);
    if (answer.status === 404) return false;
    // Elsewhere, but there.
    if (answer.status < 300 || answer.status === 301 || answer.status === 307) return true;
    throw storeError(readFailure(answer));
  }

  /**
   * The StoreError for a refusal. A 404 without a body (HEAD, some services) leaves open what is missing: one look at the bucket
   * decides, unless it has been seen; a bucket that may not be looked at counts as there.
   */
  async failure(
    answer: HttpResponse,
    call: RequestCall,
    override?: Parameters<typeof storeError>[1],
  ): Promise<StoreError> {
    const failure = readFailure(answer);
    const meaning = meaningOf(failure);
    if (meaning.code !== "NotFound" || failure.code !== undefined || this.#seen) {
      if (failure.code === "NoSuchKey") this.#seen = true;
      return storeError(failure, override);
    }
    const bucket = await this.#head(call);
    if (bucket.status === 404) return storeError(failure, { code: "ContainerNotFound" });
    if (bucket.status < 300) this.#seen = true;
    return storeError(failure, override);
  }

  async #head(call: RequestCall): Promise<HttpResponse> {
    const request = { operation: "HeadBucket", method: "HEAD", key: undefined, query: NO_QUERY, headers: [] } as const;
    return await this.requester.send({ ...request, receive: collect, replayable: true, call });
  }
}
