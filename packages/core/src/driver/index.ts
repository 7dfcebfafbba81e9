export { FEATURES } from "./capabilities.js";
export type {
  Capabilities,
  Feature,
  KeyLimits,
  Limits,
  ListOrder,
  MultipartBehaviour,
  Support,
} from "./capabilities.js";
export type { CleanupResult, DriverCapabilities, MultipartDriver, StoreDriver } from "./driver.js";
export { SPEC_VERSION } from "./plugin.js";
export type {
  ContainerCall,
  ContainerInfo,
  ContainerOperations,
  Location,
  OpenContext,
  OptionDeclaration,
  OptionDeclarations,
  StorePlugin,
} from "./plugin.js";
export type * from "./types.js";
