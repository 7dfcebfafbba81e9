/**
 * The one place where core mentions backends: which package to load, or to tell the user to install, for a scheme. Third-party
 * schemes need no entry: their packages register when imported.
 */
export const SCHEME_PACKAGES: Readonly<Record<string, string>> = Object.freeze({
  s3: "@stowage/store-s3",
  az: "@stowage/store-azure",
  file: "@stowage/store-file",
  direct: "@stowage/store-direct",
  memory: "@stowage/store-memory",
});
