import { AZURE_KNOWN_UPLOADS_MAX } from "@stowage/core";

type State = "open" | "ended";

/**
 * What this store has seen of uploads, so that a part costs one request. An upload that ended elsewhere is noticed at the latest
 * by `complete`, which always asks the service. The oldest is forgotten first, and then asked for again.
 */
export class KnownUploads {
  readonly #states = new Map<string, State>();

  get(uploadId: string): State | undefined {
    return this.#states.get(uploadId);
  }

  set(uploadId: string, state: State): void {
    this.#states.delete(uploadId);
    this.#states.set(uploadId, state);
    if (this.#states.size <= AZURE_KNOWN_UPLOADS_MAX) return;
    for (const oldest of this.#states.keys()) {
      this.#states.delete(oldest);
      return;
    }
  }
}
