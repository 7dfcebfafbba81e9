import { AZURE_LIST_PAGE_MAX, isStoreError, StoreError } from "@stowage/core";
import type { ContainerCall, ContainerInfo, ContainerOperations } from "@stowage/core";
import { resolveConnection } from "./options/connection.js";
import type { AzureOptions } from "./options/options.js";
import { guarded } from "./sdk/guarded.js";
import { SdkClients } from "./sdk/sdk-clients.js";
import { checkContainerName } from "./uri/container-name.js";
import { format, splitContainer } from "./uri/uri.js";

/** Containers of an account, all through the SDK. */
export const containers: ContainerOperations<AzureOptions> = {
  async create(container, options, call) {
    const clients = clientsFor(container, options);
    const client = await clients.container();
    try {
      await guarded(call, { write: true }, ({ signal }) => client.create({ abortSignal: signal }));
      return { created: true };
    } catch (error) {
      if (isStoreError(error) && error.code === "AlreadyExists") return { created: false };
      throw error;
    }
  },

  async delete(container, options, call) {
    const clients = clientsFor(container, options);
    if (!call.force) {
      throw new StoreError({
        code: "Unsupported",
        message:
          "Azure deletes a container with all that is in it and cannot be asked to do so only when it is empty; pass { force: true }",
        capability: "deleteContainer",
        committed: false,
      });
    }
    const client = await clients.container();
    await guarded(call, { write: true, container: true }, ({ signal }) => client.delete({ abortSignal: signal }));
  },

  list: (parent, options, call) => listContainers(parent, options, call),
};

async function* listContainers(
  parent: string,
  options: AzureOptions,
  call: ContainerCall,
): AsyncGenerator<ContainerInfo> {
  const [account = ""] = parent.split("/");
  const service = await new SdkClients(resolveConnection(account, options), options).service();
  let marker: string | undefined;
  do {
    const from = marker;
    const page = await guarded(call, {}, async ({ signal }) => {
      const settings = { maxPageSize: AZURE_LIST_PAGE_MAX, ...(from === undefined ? {} : { continuationToken: from }) };
      const result = await service.listContainers({ abortSignal: signal }).byPage(settings).next();
      return result.done === true ? undefined : result.value;
    });
    for (const { name } of page?.containerItems ?? []) yield { name, uri: format(`${account}/${name}`, "") };
    marker = page?.continuationToken;
  } while (marker !== undefined && marker !== "");
}

function clientsFor(container: string, options: AzureOptions): SdkClients {
  checkContainerName(splitContainer(container).name);
  return new SdkClients(resolveConnection(container, options), options);
}
