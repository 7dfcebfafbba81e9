import type { S3Features } from "./options.js";

export const SERVICE_NAMES = ["aws", "r2", "minio", "ceph", "generic"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** What a service is known to do, and how it wants to be talked to. */
export interface ServicePreset extends Required<{ readonly [Name in keyof S3Features]: boolean }> {
  /** Some compare the `If-Match` of a write with the bare etag. */
  readonly unquotedWriteEtag: boolean;
  /** Some encode the keys of a list of uploads, as asked, and do not say that they did. */
  readonly encodesUploadKeysSilently: boolean;
  /** Region that signatures name when none is configured. */
  readonly region: string | undefined;
}

const FEATURES: Readonly<Record<keyof S3Features, true>> = {
  createOnly: true,
  replaceIf: true,
  deleteIf: true,
  copyCreateOnly: true,
  conditionalComplete: true,
  versions: true,
  checksums: true,
  unequalParts: true,
  listParts: true,
  listUploads: true,
  createContainer: true,
};

/** The names that the option `features` takes. */
export const FEATURE_NAMES: readonly string[] = Object.keys(FEATURES);

/** Nothing that a plain S3 server may lack, and nothing that it may ignore in silence. */
const generic: ServicePreset = {
  createOnly: false,
  replaceIf: false,
  deleteIf: false,
  copyCreateOnly: false,
  conditionalComplete: false,
  versions: false,
  checksums: false,
  unequalParts: false,
  listParts: true,
  listUploads: true,
  createContainer: true,
  unquotedWriteEtag: false,
  encodesUploadKeysSilently: false,
  region: "us-east-1",
};

const presets: Readonly<Record<ServiceName, ServicePreset>> = {
  generic,
  // Amazon S3 API reference; conditional deletes since 2025-09, conditional copies since 2025-10.
  aws: {
    ...generic,
    createOnly: true,
    replaceIf: true,
    deleteIf: true,
    copyCreateOnly: true,
    conditionalComplete: true,
    versions: true,
    checksums: true,
    unequalParts: true,
    region: undefined,
  },
  // Cloudflare R2 "S3 API compatibility": conditional PutObject; equal parts; no versions.
  r2: { ...generic, createOnly: true, replaceIf: true, region: "auto" },
  // MinIO "S3 API compatibility": conditional writes since RELEASE.2024-08, checksums since 2022-09.
  minio: {
    ...generic,
    createOnly: true,
    replaceIf: true,
    conditionalComplete: true,
    versions: true,
    checksums: true,
    unequalParts: true,
  },
  // Ceph RGW 16.2.15, measured: If-None-Match atomic; If-Match compares with the bare etag; no checksums.
  ceph: {
    ...generic,
    createOnly: true,
    replaceIf: true,
    versions: true,
    unequalParts: true,
    unquotedWriteEtag: true,
    encodesUploadKeysSilently: true,
  },
};

/** The preset, changed by what is known of this very service. */
export function servicePreset(name: ServiceName, features: S3Features | undefined): ServicePreset {
  const known = Object.entries(features ?? {}).filter(([, value]) => value !== undefined);
  return { ...presets[name], ...Object.fromEntries(known) };
}

/** Which service an endpoint belongs to, by its host name alone. */
export function serviceOfHost(hostname: string): ServiceName {
  if (/(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(hostname)) return "aws";
  if (hostname.endsWith(".r2.cloudflarestorage.com")) return "r2";
  return "generic";
}
