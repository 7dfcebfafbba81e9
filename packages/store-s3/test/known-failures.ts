import type { KnownFailure } from "@stowage/conformance-suite";

type KnownFailures = Readonly<Record<string, KnownFailure>>;

function of(
  product: string,
  groups: readonly { readonly reason: string; readonly evidence: string; readonly cases: readonly string[] }[],
): KnownFailures {
  return Object.fromEntries(groups.flatMap(({ cases, ...why }) => cases.map((id) => [id, { product, ...why }])));
}

/** What miniflare 5.20261117.0-beta does otherwise than S3; each was seen on the wire. */
export const MINIFLARE: KnownFailures = of("miniflare", [
  {
    reason: "its key store answers 404 to a key with a line break",
    evidence: "PUT /bucket/a%0Ab answers 404",
    cases: [
      "key.newline",
      "key.copy/newline",
      "key.return",
      "key.copy/return",
      "key.concurrent-lookalikes",
      "list.delimiter-any/%0A",
      "key.distinct/line-ends",
      "key.distinct/crlf",
      "bulk.control-keys",
    ],
  },
  {
    reason: "it compares date conditions at milliseconds, HTTP dates have seconds",
    evidence: "If-Unmodified-Since of the object's own Last-Modified answers 412",
    cases: ["cond.get.since", "cond.getStream.since", "cond.stat.since"],
  },
  {
    reason: "it ignores conditions of CompleteMultipartUpload, so the store refuses to send them",
    evidence: "CompleteMultipartUpload with If-None-Match: * replaces an object",
    cases: ["cond.via-large-put", "cond.via-multipart-complete", "cond.created-between-start-and-complete"],
  },
  {
    reason: "it drops metadata named __proto__",
    evidence: "x-amz-meta-__proto__ is not answered by HEAD",
    cases: ["meta.name/__proto__"],
  },
  {
    reason: "it compresses a body that is labelled gzip",
    evidence: "GET of an object stored with Content-Encoding: gzip answers other bytes than were put",
    cases: ["headers.encoding-not-decoded"],
  },
  {
    reason: "it ignores response-content-type and response-content-disposition",
    evidence: "a presigned GET with both answers the stored type and no disposition",
    cases: ["ps.response-headers"],
  },
]);

/** What Ceph RGW 16.2.15 does otherwise than S3; each was seen on the wire. */
export const CEPH: KnownFailures = of("ceph-rgw", [
  {
    reason: "it answers metadata names with - for _",
    evidence: "x-amz-meta-a_b comes back as x-amz-meta-a-b",
    cases: ["meta.name/a_b", "meta.name/__proto__", "meta.name/_"],
  },
  {
    reason: "it ignores conditions of CompleteMultipartUpload, so the store refuses to send them",
    evidence: "CompleteMultipartUpload with If-None-Match: * replaces an object",
    cases: ["cond.via-large-put", "cond.via-multipart-complete", "cond.created-between-start-and-complete"],
  },
  {
    reason: "it compares an If-Match of a write with as many characters as its own etag has",
    evidence: "PUT with If-Match of the object's etag and one more character answers 200",
    cases: ["cond.update"],
  },
  {
    reason: "it leaves a common prefix out that start-after points to, although keys below it follow",
    evidence: "GET ?list-type=2&delimiter=/&start-after=b/ lacks the prefix b/ where b/x exists",
    cases: ["list.start-after-in-prefix"],
  },
  {
    reason: "it fails inside on long names of metadata",
    evidence: "PUT with a metadata name of some hundred characters answers 500 UnknownError",
    cases: ["meta.long-names"],
  },
  {
    reason: "racing writers with If-Match can meet an internal error",
    evidence: "500 UnknownError instead of 412 under 20 writers of one key",
    cases: ["cond.cas-counter"],
  },
  {
    reason: "it answers 200 to every creator of one's own bucket, so that nobody can tell who was first",
    evidence: "PUT of an own bucket answers 200",
    cases: ["ct.concurrent-create"],
  },
]);
