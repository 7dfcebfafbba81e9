import { FEATURES } from "@stowage/core";
import type { Capabilities, Feature, OptionDeclaration, Support } from "@stowage/core";
import type { SchemeFacts } from "../commands/schemes.js";

/** One line, or with `detailed` also every capability, limit, note and option. */
export function formatScheme(facts: SchemeFacts, detailed: boolean): string[] {
  const { scheme, capabilities, problem } = facts;
  const state = facts.installed ? (facts.version ?? "") : "not installed";
  const rest = capabilities === undefined ? problem : summarise(capabilities);
  const head = `${`${scheme}://`.padEnd(12)}${facts.package.padEnd(24)}${state.padEnd(15)}${rest ?? ""}`.trimEnd();
  return detailed ? [head, ...details(facts)] : [head];
}

function features(capabilities: Capabilities, support: Support): Feature[] {
  return FEATURES.filter((feature) => capabilities[feature] === support);
}

function summarise(capabilities: Capabilities): string {
  const missing = features(capabilities, "unsupported");
  const counts = `${features(capabilities, "native").length} native, ${features(capabilities, "emulated").length} emulated`;
  return missing.length === 0 ? counts : `${counts}; without ${missing.join(", ")}`;
}

function details({ uri, capabilities, options }: SchemeFacts): string[] {
  const lines: string[] = [];
  if (capabilities !== undefined) {
    for (const support of ["native", "emulated", "unsupported"] as const) {
      lines.push(`  ${support}: ${features(capabilities, support).join(", ") || "-"}`);
    }
    lines.push(`  list order: ${capabilities.listOrder}`, `  etag: ${capabilities.etag}`);
    lines.push(...record("multipart", capabilities.multipartBehaviour));
    lines.push(...record("keys", capabilities.keys), ...record("limits", capabilities.limits));
    lines.push(...record("notes", capabilities.notes));
    if (uri !== undefined) lines.push(`  (of ${uri})`);
  }
  const declared = Object.entries(options ?? {}).filter(([, option]) => option.type !== "object");
  if (declared.length > 0) lines.push("  options (-o name=value):");
  for (const [name, option] of declared) lines.push(`    ${describeOption(name, option)}`);
  return lines;
}

function record(title: string, values: object): string[] {
  const entries: [string, unknown][] = Object.entries(values);
  return entries.map(([name, value]) => `  ${title}.${name}: ${String(value)}`);
}

function describeOption(name: string, option: OptionDeclaration): string {
  const type = option.values === undefined ? option.type : option.values.join("|");
  const fallback = [
    ...(option.default === undefined ? [] : [`default ${option.default}`]),
    ...(option.environment === undefined ? [] : [`from ${option.environment.join(", ")}`]),
  ];
  return `${name}=<${type}>  ${option.description}${fallback.length === 0 ? "" : ` (${fallback.join("; ")})`}`;
}
