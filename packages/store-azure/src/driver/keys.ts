import { StoreError } from "@stowage/core";

/** Azure stores `\` as `/`: such a key would come back as another one. */
export function keyRefusal(key: string): StoreError | undefined {
  if (!key.includes("\\")) return undefined;
  return new StoreError({
    code: "InvalidKey",
    message: `Azure turns '\\' into '/', so it cannot hold the key ${JSON.stringify(key.slice(0, 200))}`,
    committed: false,
  });
}
