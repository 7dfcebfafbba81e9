import { isStoreError, S3_CLOCK_SKEW_MAX_MS } from "@stowage/core";
import type { S3Connection } from "../connection/connection.js";
import type { ServiceFailure } from "../errors/failure.js";

/** What a request was signed with. Another may have learnt better while this one was on its way. */
export interface SignedWith {
  readonly region: string;
  readonly clockOffsetMs: number;
}

/** For the data path. */
export function signedWith(connection: S3Connection): SignedWith {
  return { region: connection.address.scope.region, clockOffsetMs: connection.clockOffsetMs };
}

/** For requests that the SDK signs: its client keeps the time by what every answer says. */
export function signedBySdkWith(connection: S3Connection): SignedWith {
  return { region: connection.address.scope.region, clockOffsetMs: connection.client.config.systemClockOffset };
}

/**
 * Learns from a refusal; true when the same request, signed anew, may fare better. What the service corrects is corrected once and
 * remembered: the bucket's region (only by the SDK's own endpoint rules, so that credentials never go to a host that an answer
 * names) and the clock. Such refusals have changed nothing.
 */
export async function correct(connection: S3Connection, failure: ServiceFailure, sent: SignedWith): Promise<boolean> {
  if (failure.code === "ExpiredToken" || failure.code === "TokenRefreshRequired") {
    connection.expireCredentials();
    return false;
  }
  if (failure.code === "RequestTimeTooSkewed") return learnClock(connection, failure, sent);
  return await learnRegion(connection, failure, sent);
}

function learnClock(connection: S3Connection, { date }: ServiceFailure, sent: SignedWith): boolean {
  if (date === undefined) return false;
  const offset = date.getTime() - Date.now();
  if (Math.abs(offset - sent.clockOffsetMs) < S3_CLOCK_SKEW_MAX_MS / 2) return false;
  connection.learnClock(offset);
  return true;
}

async function learnRegion(connection: S3Connection, failure: ServiceFailure, sent: SignedWith): Promise<boolean> {
  const { region, status } = failure;
  if (region === undefined || region === sent.region || ![301, 307, 400, 403].includes(status)) return false;
  // A client of one's own is configured by its owner.
  if (connection.options.client !== undefined) return false;
  if (region === connection.address.scope.region) return true;
  try {
    await connection.learnRegion(region);
    return true;
  } catch (error) {
    // The endpoint rules know no such place: the refusal itself says more.
    if (isStoreError(error)) return false;
    throw error;
  }
}
