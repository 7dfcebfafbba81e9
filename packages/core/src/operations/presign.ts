import { PRESIGN_EXPIRES_DEFAULT_S, PRESIGN_EXPIRES_MAX_S } from "../constants/retry.js";
import type { DriverPresignCall, PresignedRequest } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkOptions, checkText, describe } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { PresignOptions } from "../store/options.js";
import { versionOf } from "./conditions.js";
import { inScope } from "./scope.js";
import { keyName } from "./stat.js";

const methods = ["GET", "PUT", "HEAD", "DELETE"];

/** A request that whoever holds the URL may make until it expires. No I/O beyond getting credentials. */
export async function presign(
  context: StoreContext,
  key: string,
  given: PresignOptions | undefined,
  partOf?: () => DriverPresignCall["part"],
): Promise<PresignedRequest> {
  return inScope(context, "presign", keyName(key), { native: given?.native }, false, async (scope) => {
    const options = checkOptions("presign", given);
    checkKey(context, key);
    requireFeature(context, "presign", "presigned URLs");
    const { method = "GET", expiresIn = PRESIGN_EXPIRES_DEFAULT_S, contentLength } = options;
    if (!methods.includes(method)) throw invalid(`method is one of ${methods.join(", ")}, not ${describe(method)}`);
    if (!Number.isSafeInteger(expiresIn) || expiresIn < 1 || expiresIn > PRESIGN_EXPIRES_MAX_S) {
      throw invalid(
        `expiresIn is a whole number of seconds from 1 to ${PRESIGN_EXPIRES_MAX_S}, not ${describe(expiresIn)}`,
      );
    }
    if (contentLength !== undefined && (!Number.isSafeInteger(contentLength) || contentLength < 0)) {
      throw invalid(`contentLength is a whole number of bytes, not ${describe(contentLength)}`);
    }
    for (const name of ["contentType", "responseContentType", "responseContentDisposition"] as const) {
      checkText(name, options[name]);
    }
    if (method !== "PUT" && (options.contentType ?? contentLength ?? options.ifNoneMatch) !== undefined) {
      throw invalid("contentType, contentLength and ifNoneMatch belong to PUT");
    }
    if (options.ifNoneMatch !== undefined) {
      if (options.ifNoneMatch !== "*") throw invalid('ifNoneMatch of a presigned PUT is "*"');
      requireFeature(context, "createOnly", 'create-only writes (ifNoneMatch: "*")');
    }
    const answers = method === "GET" || method === "HEAD";
    if (!answers && (options.responseContentType ?? options.responseContentDisposition) !== undefined) {
      throw invalid("responseContentType and responseContentDisposition belong to GET and HEAD");
    }
    if (method === "PUT" && options.versionId !== undefined) throw invalid("versionId does not go with PUT");
    const part = partOf?.();
    const { driver } = context;
    if (driver.presign === undefined)
      throw new StoreError({ code: "Unsupported", message: "no presign", capability: "presign" });
    return driver.presign(key, {
      method,
      expiresIn,
      contentType: options.contentType,
      contentLength,
      ifNoneMatch: options.ifNoneMatch,
      responseContentType: options.responseContentType,
      responseContentDisposition: options.responseContentDisposition,
      versionId: versionOf(context, options.versionId),
      part,
      native: scope.native,
    });
  });
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
