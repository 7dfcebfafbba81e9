import { StoreError } from "@stowage/core";

/** A mistake on the command line: exit status 2. The message says what to write instead. */
export function usageError(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
