export * from "./constants/index.js";
export * from "./driver/index.js";
export * from "./errors/index.js";
export type { AttributeInput, ContentAttributes, ObjectAttributes } from "./attributes/types.js";
export { createBudget } from "./transfer/budget.js";
export type { Budget } from "./transfer/budget.js";
export type {
  CallOptions,
  CommonStoreOptions,
  NativeCallOptions,
  Progress,
  TimeoutOptions,
  TransferOptions,
  TransferSettings,
} from "./store/settings.js";
