import { CHECKSUM_ALGORITHMS } from "@stowage/http";
import type { ChecksumAlgorithm } from "@stowage/http";

/** Between S3's upload id (letters, digits, `._~-` and the like) and the checksum algorithm that the upload was begun with. */
const MARK = "#";

/** The id of an upload as its token carries it: another process must know which checksums its parts need. */
export function joinUploadId(uploadId: string, algorithm: ChecksumAlgorithm | undefined): string {
  return algorithm === undefined ? uploadId : `${uploadId}${MARK}${algorithm}`;
}

export function uploadIdParts(id: string): {
  readonly uploadId: string;
  readonly algorithm: ChecksumAlgorithm | undefined;
} {
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => id.endsWith(MARK + name));
  return { uploadId: algorithm === undefined ? id : id.slice(0, -(algorithm.length + MARK.length)), algorithm };
}
