import { AZURE_LIST_PAGE_MAX, isStoreError } from "@stowage/core";
import type { DriverCall } from "@stowage/core";
import { guarded } from "./guarded.js";
import { page } from "./sdk-list.js";
import type { SdkClients } from "./sdk-clients.js";

/** Is the container there? `false` only when the service says so. */
export async function containerExists(clients: SdkClients, call: DriverCall): Promise<boolean> {
  const container = await clients.container();
  try {
    await guarded(call, { container: true }, ({ signal }) => container.getProperties({ abortSignal: signal }));
    return true;
  } catch (error) {
    if (isStoreError(error) && error.code === "ContainerNotFound") return false;
    throw error;
  }
}

/** Keys below a prefix, those that hold uncommitted blocks only among them. */
export async function* candidateBlobs(
  clients: SdkClients,
  prefix: string,
  call: DriverCall,
): AsyncGenerator<readonly string[]> {
  const container = await clients.container();
  let marker: string | undefined;
  do {
    const from = marker;
    const found = await guarded(call, { container: true }, async ({ signal }) => {
      const options = { prefix, includeUncommitedBlobs: true, abortSignal: signal };
      const settings = { maxPageSize: AZURE_LIST_PAGE_MAX, ...(from === undefined ? {} : { continuationToken: from }) };
      const result = await container.listBlobsFlat(options).byPage(settings).next();
      return result.done === true ? undefined : page(result.value);
    });
    yield (found?.entries ?? []).map(({ key }) => key);
    marker = found?.marker;
  } while (marker !== undefined);
}
