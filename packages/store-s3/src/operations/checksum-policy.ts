import { hash } from "node:crypto";
import { StoreError } from "@stowage/core";
import { checksumBase64, headerValue } from "@stowage/http";
import type { ChecksumAlgorithm, HttpResponse, ResponseHeaders } from "@stowage/http";
import type { S3StoreOptions } from "../options.js";

const HEADERS: Readonly<Record<ChecksumAlgorithm, string>> = {
  CRC32: "x-amz-checksum-crc32",
  CRC32C: "x-amz-checksum-crc32c",
  CRC64NVME: "x-amz-checksum-crc64nvme",
};
const VERIFIABLE = ["CRC64NVME", "CRC32C", "CRC32"] as const satisfies readonly ChecksumAlgorithm[];

export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

/**
 * Which checksums travel, and what the service has shown to do with them. In `auto` a plain PutObject carries one even to a
 * service that nothing is known of: those that do not know the header ignore it, one that refuses it is not sent it again.
 * Uploads in parts name an algorithm up front and are given checksums only once the service has shown to keep them.
 */
export class ChecksumPolicy {
  readonly #mode: NonNullable<S3StoreOptions["checksums"]>;
  readonly #algorithm: ChecksumAlgorithm;
  #kept: boolean | undefined;

  constructor(options: S3StoreOptions, keptByService: boolean) {
    this.#mode = options.checksums ?? "auto";
    this.#algorithm = options.checksumAlgorithm ?? "CRC32";
    this.#kept = keptByService ? true : undefined;
  }

  /** Headers of a PutObject body. */
  forPut(body: Uint8Array, wanted: ChecksumAlgorithm | undefined): string[] {
    if (this.#mode === "off" && wanted === undefined) return [];
    const headers = this.#kept === false && wanted === undefined ? [] : crcHeader(wanted ?? this.#algorithm, body);
    if (this.#mode === "required" && this.#kept !== true) headers.push("content-md5", md5(body));
    return headers;
  }

  /** Algorithm that an upload in parts declares, if any. */
  forUpload(wanted: ChecksumAlgorithm | undefined): ChecksumAlgorithm | undefined {
    if (wanted !== undefined) return wanted;
    return this.#mode !== "off" && this.#kept === true ? this.#algorithm : undefined;
  }

  /** Headers of one part. */
  forPart(body: Uint8Array, declared: ChecksumAlgorithm | undefined): string[] {
    if (declared !== undefined) return crcHeader(declared, body);
    return this.#mode === "required" ? ["content-md5", md5(body)] : [];
  }

  /** Ask a whole read for the object's checksum. */
  get asksOnRead(): boolean {
    return this.#mode !== "off";
  }

  /** Learns from the answer to a put that carried a checksum. True: refused because of it, worth sending without. */
  learn(answer: HttpResponse, sent: readonly string[], code: string | undefined, message: string | undefined): boolean {
    if (this.#kept !== undefined) return false;
    const header = sent.find((text) => text.startsWith("x-amz-checksum-"));
    if (header === undefined) return false;
    if (answer.status < 300) {
      if (headerValue(answer.headers, header) !== undefined) this.#kept = true;
      return false;
    }
    const refused = code === "NotImplemented" || /checksum/i.test(message ?? "");
    if (!refused || answer.status >= 502 || this.#mode === "required") return false;
    if (code === "BadDigest" || code?.includes("Mismatch") === true) return false;
    this.#kept = false;
    return true;
  }
}

/** The checksum of the whole object that an answer brings, if it can be verified: composite ones of parts cannot. */
export function expectedChecksum(headers: ResponseHeaders): ExpectedChecksum | undefined {
  if (headerValue(headers, "x-amz-checksum-type") === "COMPOSITE") return undefined;
  for (const algorithm of VERIFIABLE) {
    const value = headerValue(headers, HEADERS[algorithm]);
    if (value !== undefined && !value.includes("-")) return { algorithm, value };
  }
  return undefined;
}

/** Throws `IntegrityMismatch` (retryable: the bytes have not been handed over) unless `bytes` have the checksum. */
export function verifyBytes(bytes: Uint8Array, expected: ExpectedChecksum | undefined): void {
  if (expected === undefined) return;
  const actual = checksumBase64(expected.algorithm, bytes);
  if (actual !== expected.value) throw mismatch(expected, actual, true);
}

export function mismatch(expected: ExpectedChecksum, actual: string, retryable: boolean): StoreError {
  return new StoreError({
    code: "IntegrityMismatch",
    message: `the bytes received have ${expected.algorithm} ${actual}, the service says ${expected.value}`,
    retryable,
  });
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return HEADERS[algorithm];
}

function crcHeader(algorithm: ChecksumAlgorithm, body: Uint8Array): string[] {
  return [HEADERS[algorithm], checksumBase64(algorithm, body)];
}

function md5(body: Uint8Array): string {
  return hash("md5", body, "base64");
}
