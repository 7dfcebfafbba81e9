import type { CommonStoreOptions } from "../store/settings.js";

/**
 * Options by scheme, filled by plugins through declaration merging:
 * `declare module "@stowage/core" { interface StoreOptionsByScheme { s3: S3Options } }`.
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- a merge target
export interface StoreOptionsByScheme {}

/** The scheme of a literal URI; `string` when it is not known at compile time. */
type SchemeOf<Uri extends string> = Uri extends `${infer Scheme}:${string}` ? Scheme : string;

/** Options that may go with a URI: typed by its scheme where both are known, else checked at run time only. */
export type OptionsOf<Uri extends string> =
  SchemeOf<Uri> extends keyof StoreOptionsByScheme ? StoreOptionsByScheme[SchemeOf<Uri>] & CommonStoreOptions : object;
