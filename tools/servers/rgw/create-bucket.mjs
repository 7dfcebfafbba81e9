import { createHash, createHmac } from "node:crypto";

/**
 * Creates a bucket with one request signed by AWS Signature Version 4 (path style), so that starting a server needs no SDK.
 *
 * @param {{ endpoint: string, region: string, accessKeyId: string, secretAccessKey: string }} connection
 * @param {string} bucket
 */
export async function createBucket({ endpoint, region, accessKeyId, secretAccessKey }, bucket) {
  const url = new URL(`/${bucket}`, endpoint);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const bodyHash = sha256("");
  const canonical = [
    "PUT",
    url.pathname,
    "",
    `host:${url.host}`,
    `x-amz-content-sha256:${bodyHash}`,
    `x-amz-date:${time}`,
    "",
    "host;x-amz-content-sha256;x-amz-date",
    bodyHash,
  ].join("\n");
  /** @type {string | Buffer} */
  let key = `AWS4${secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const response = await fetch(url, {
    method: "PUT",
    headers: {
      "x-amz-content-sha256": bodyHash,
      "x-amz-date": time,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
    },
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`creating bucket ${bucket}: ${response.status} ${answer}`);
}

/** @param {string} text */
function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}
