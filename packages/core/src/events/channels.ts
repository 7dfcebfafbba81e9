import { channel } from "node:diagnostics_channel";
import type { Channel } from "node:diagnostics_channel";
import type { StoreErrorCode } from "../errors/index.js";

/** Published on `stowage:operation` when a public operation has settled. Holds no secret: URIs are Stowage's own. */
export interface OperationEvent {
  readonly operation: string;
  readonly uri: string;
  readonly durationMs: number;
  /** Bytes read or written for the caller, where the operation moves any. */
  readonly bytes: number;
  readonly attempts: number;
  /** Absent on success; `Aborted` when the caller's signal ended it. */
  readonly error?: StoreErrorCode | "Aborted";
}

/** Published on `stowage:attempt` when one driver call has settled. */
export interface AttemptEvent {
  readonly operation: string;
  readonly uri: string;
  /** From 1. */
  readonly attempt: number;
  readonly durationMs: number;
  readonly error?: StoreErrorCode | "Aborted";
  readonly status?: number | string | undefined;
  readonly requestId?: string | undefined;
  /** Set when another attempt follows. */
  readonly retryInMs?: number;
}

export const operationChannel: Channel = channel("stowage:operation");
export const attemptChannel: Channel = channel("stowage:attempt");
