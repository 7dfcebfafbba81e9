/**
 * The variables that the AWS SDKs (and so `s3://`) read for a server.
 *
 * @param {{ endpoint: string, region: string, accessKeyId: string, secretAccessKey: string }} connection
 * @returns {Record<string, string>}
 */
export function s3Environment({ endpoint, region, accessKeyId, secretAccessKey }) {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
