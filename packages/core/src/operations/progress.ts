import type { Progress } from "../store/settings.js";
import { callBack } from "./call-back.js";

/** Progress of one object: never goes back, counts retried bytes once. */
export interface ProgressMeter {
  /** For drivers: all bytes sent so far in this attempt. `undefined` when nobody listens. */
  readonly onBytes: ((sent: number) => void) | undefined;
  /** For parts: so many more bytes are done. */
  add(bytes: number): void;
  /** A new attempt of the whole begins. */
  restart(): void;
  /** The object is there, so many bytes of it. */
  finish(bytes: number): void;
}

const silent: ProgressMeter = { onBytes: undefined, add() {}, restart() {}, finish() {} };

export function progressMeter(
  key: string,
  totalBytes: number | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
): ProgressMeter {
  if (onProgress === undefined) return silent;
  let reported = 0;
  let done = 0;
  const report = (bytes: number, objects: number): void => {
    if (bytes <= reported && objects === 0) return;
    reported = Math.max(reported, bytes);
    callBack(onProgress, { bytes: reported, totalBytes, objects, totalObjects: 1, key });
  };
  return {
    onBytes(sent) {
      done = sent;
      report(sent, 0);
    },
    add(bytes) {
      done += bytes;
      report(done, 0);
    },
    restart() {
      done = 0;
    },
    finish(bytes) {
      report(bytes, 1);
    },
  };
}

/** Adds up bytes that were read and reports them; a function that does nothing where nobody listens. */
export function reporter(
  key: string,
  totalBytes: number | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
): (bytes: number) => void {
  if (onProgress === undefined) return ignore;
  let done = 0;
  return (bytes) => {
    done += bytes;
    callBack(onProgress, { bytes: done, totalBytes, objects: done === totalBytes ? 1 : 0, totalObjects: 1, key });
  };
}

function ignore(): void {}
