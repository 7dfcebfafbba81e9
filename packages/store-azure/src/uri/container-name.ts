import { StoreError } from "@stowage/core";

const NAME = /^[a-z0-9](?:-?[a-z0-9])*$/;
const SYSTEM_NAMES: ReadonlySet<string> = new Set(["$root", "$web", "$logs", "$blobchangefeed"]);

/**
 * Throws `InvalidArgument` with the reason unless Azure would take the name. Source: "Naming and Referencing Containers, Blobs,
 * and Metadata" of Azure Storage.
 */
export function checkContainerName(name: string): void {
  if (SYSTEM_NAMES.has(name)) return;
  if (name.length < 3 || name.length > 63) throw invalid(name, "has 3 to 63 characters");
  if (!/^[a-z0-9-]*$/.test(name)) throw invalid(name, "consists of lower-case letters, digits and '-'");
  if (!NAME.test(name)) throw invalid(name, "begins and ends with a letter or digit and has no two '-' in a row");
}

function invalid(name: string, rule: string): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: `an Azure container name ${rule}, unlike ${JSON.stringify(name.slice(0, 80))}`,
  });
}
