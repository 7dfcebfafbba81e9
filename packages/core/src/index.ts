export * from "./constants/index.js";
export * from "./driver/index.js";
export * from "./errors/index.js";

export { contentTypeOf } from "./attributes/content-type.js";
export { decodeHeaderText, encodeHeaderText } from "./attributes/encoded-word.js";
export { normalizeAttributes } from "./attributes/normalize.js";
export type { AttributeInput, ContentAttributes, ObjectAttributes } from "./attributes/types.js";
export type { Body, BodyChunk } from "./body/types.js";
export { prefixDriver, unwrapPrefix } from "./driver/prefix-driver.js";
export { resolveCapabilities } from "./driver/resolve-capabilities.js";
export { attemptChannel, operationChannel } from "./events/channels.js";
export type { AttemptEvent, OperationEvent } from "./events/channels.js";
export { compareUtf16, compareUtf8 } from "./keys/compare.js";
export { checkPortableKey, checkServiceKey } from "./keys/key-rules.js";
export { evaluateReadConditions } from "./operations/conditions.js";
export type { Listing } from "./operations/list.js";
export { resolveRange } from "./operations/range.js";
export { untilAborted, untilBegun } from "./operations/unfinished-upload.js";
export type { Upload, UploadedPart } from "./operations/upload.js";
export type { ObjectWriter } from "./operations/writer.js";

export { createContainer, deleteContainer, listContainers } from "./registry/containers.js";
export type { ContainerOptions, DeleteContainerOptions } from "./registry/containers.js";
export {
  createRegistry,
  defaultRegistry,
  formatUri,
  knownSchemes,
  openObject,
  openStore,
  parseUri,
  registerPlugin,
} from "./registry/default-registry.js";
export type { ImportPackage } from "./registry/load-plugin.js";
export { checkOptions, COMMON_OPTION_DECLARATIONS } from "./registry/options.js";
export { Registry } from "./registry/registry.js";
export type { KnownScheme, ParsedUri, RegistryOptions } from "./registry/registry.js";
export { SCHEME_PACKAGES } from "./registry/scheme-packages.js";
export type { OptionsOf, StoreOptionsByScheme } from "./registry/scheme-options.js";
export type { Environment } from "./retry/environment.js";
export { createStore } from "./store/create-store.js";
export type { CreateStoreOptions } from "./store/create-store.js";
export { resolveTransfer, TRANSFER_DEFAULTS } from "./store/defaults.js";
export { ObjectStore } from "./store/object-store.js";
export type * from "./store/options.js";
export type * from "./store/results.js";
export type {
  CallOptions,
  CommonStoreOptions,
  NativeCallOptions,
  Progress,
  TimeoutOptions,
  TransferOptions,
  TransferSettings,
} from "./store/settings.js";
export { createBudget } from "./transfer/budget.js";
export type { Budget } from "./transfer/budget.js";
export { copyAll, copyPrefix } from "./transfer/copy-prefix.js";
export type { CopyOutcome, CopyPrefixOptions, CopyPrefixResult } from "./transfer/copy-prefix.js";
export { copy } from "./transfer/copy-uri.js";
export type { CopyUriOptions } from "./transfer/copy-uri.js";
export { runLanes } from "./transfer/lanes.js";
export { formatRawUri, parseRawUri } from "./uri/raw-uri.js";
