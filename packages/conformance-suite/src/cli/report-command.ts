import { parseArgs } from "node:util";
import { StoreError } from "@stowage/core";
import { diffReports } from "../report/diff.js";
import { mergeReports } from "../report/merge.js";
import { readReport } from "../report/read-report.js";

export async function reportCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { md: { type: "boolean", default: false } },
  });
  const [action, ...files] = positionals;
  if (action === "merge" && files.length > 0) return await merge(files, values.md);
  if (action === "diff" && files.length === 2) return await diff(files[0] ?? "", files[1] ?? "");
  throw new StoreError({
    code: "InvalidArgument",
    message: "report takes merge <file...> [--md], or diff <before> <after>",
  });
}

async function merge(files: readonly string[], markdown: boolean): Promise<number> {
  const reports = await Promise.all(files.map(readReport));
  process.stdout.write(markdown ? mergeReports(reports) : `${JSON.stringify(reports, undefined, 2)}\n`);
  return 0;
}

async function diff(before: string, after: string): Promise<number> {
  const changes = diffReports(await readReport(before), await readReport(after));
  for (const change of changes) {
    const sign = change.worse ? "worse " : "      ";
    process.stdout.write(`${sign} ${change.id}: ${change.before ?? "absent"} -> ${change.after ?? "absent"}\n`);
  }
  const worse = changes.filter((change) => change.worse).length;
  process.stdout.write(`${changes.length} verdicts changed, ${worse} for the worse\n`);
  return worse === 0 ? 0 : 1;
}
