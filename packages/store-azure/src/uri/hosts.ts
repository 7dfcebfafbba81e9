/** Domain of the accounts of the public cloud, after `account.blob.`. */
export const PUBLIC_CLOUD = "core.windows.net";

/**
 * Hosts of Azure Blob Storage: public, China, US government and Germany, and the zones of "DNS zone endpoints". Source: Azure
 * Storage "Storage account overview", storage account endpoints.
 */
const HOST =
  /^([a-z0-9]{3,24})(?:\.z[0-9]{1,2})?\.blob\.(?:core\.windows\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net|core\.cloudapi\.de|storage\.azure\.net)$/;

/** The account whose blob endpoint `host` is; `undefined` when it is no such host. */
export function accountOfHost(host: string): string | undefined {
  return HOST.exec(host)?.[1];
}

/** The host of an account of the public cloud, or of the cloud with another domain (`core.chinacloudapi.cn`). */
export function hostOfAccount(account: string, suffix: string = PUBLIC_CLOUD): string {
  return `${account}.blob.${suffix}`;
}
