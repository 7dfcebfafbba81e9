import { StoreError } from "@stowage/core";

/** Rules of new buckets. Source: Amazon S3 "General purpose bucket naming rules". */
const NEW_BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Old buckets and other services allow more; nothing that would change a URL, though. */
const ANY_BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** Why a name cannot be a bucket's, or `undefined`. */
export function bucketProblem(name: string): string | undefined {
  if (ANY_BUCKET.test(name)) return undefined;
  return `${JSON.stringify(name)} is not a bucket name: 3 to 63 letters, digits, "." and "-"`;
}

/** Throws `InvalidArgument` with the reason unless a new bucket may have this name. */
export function checkNewBucket(name: string): void {
  const problem = newBucketProblem(name);
  if (problem !== undefined) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `${JSON.stringify(name)} cannot name a bucket: ${problem}`,
    });
  }
}

function newBucketProblem(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return "a name has 3 to 63 characters";
  if (!NEW_BUCKET.test(name))
    return 'a name has lower-case letters, digits, "." and "-", and begins and ends with a letter or digit';
  if (name.includes("..")) return 'a name has no two adjacent "."';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "a name must not look like an IP address";
  if (/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) || /(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)) {
    return "the prefix or suffix is reserved by Amazon S3";
  }
  return undefined;
}

/** Names that are refused, each with the reason that the message gives. */
export const NEW_BUCKET_PROBLEMS: Readonly<Record<string, string>> = {
  ab: "3 to 63 characters",
  Upper: "lower-case",
  "a..b": "two adjacent",
  "10.0.0.1": "IP address",
  "xn--abc": "reserved",
};
