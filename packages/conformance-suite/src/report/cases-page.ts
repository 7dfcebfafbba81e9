import { AREAS } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { omitted } from "../cases/omitted.js";

/** The page that lists every case with its reason, for the documentation. */
export function casesPage(cases: readonly Case[]): string {
  const sections = Object.entries(AREAS).map(([area, title]) => {
    const rows = cases.filter((case_) => case_.area === area).map(rowOf);
    return `## ${area}. ${title}\n\n| Case | List | Level | Needs | Catches |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  const reasons = Object.entries(omitted).map(([line, reason]) => `- ${line}: ${reason}`);
  return `# Cases

Every case of \`@stowage/conformance-suite\`, made by \`stowage-conformance list --page\`; a test compares. _List_ is the number in
the list of cases that the suite was planned from; _needs_ names features of which, where a store lacks one, the refusal is proven
instead; _catches_ is the fault that the case was written for.

${sections.join("\n")}
## Numbers without a case

${reasons.join("\n")}
`;
}

function rowOf({ id, list, level, needs, parts, why }: Case): string {
  const wanted = [...needs, ...parts.map((part) => `harness.${part}`)].join(", ");
  return `| \`${escaped(id)}\` | ${list.join(", ")} | ${level} | ${wanted} | ${escaped(why)} |`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
