// Counts what vitest ran, as a file for the scripts that sum up: passed, failed, and skipped with what the machine lacked.
import { writeFileSync } from "node:fs";

/** Where the counts go; set by run-vitest.mjs. */
const OUTPUT_VARIABLE = "STOWAGE_TEST_REPORT";

export default class CountingReporter {
  /** @type {import("./results.mjs").Result[]} */
  results = [];

  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    const name = `${test.project.name} ${test.fullName}`;
    const result = test.result();
    if (result.state === "passed") this.results.push({ name, state: "passed" });
    else if (result.state === "failed") this.results.push({ name, state: "failed", detail: messages(result.errors) });
    else if (result.state === "skipped" && !isForOthers(result.note)) this.results.push(judgeSkip(name, result.note));
  }

  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly { message?: string }[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    for (const module of modules) {
      // What failed outside any test: an import, a beforeAll, an afterAll.
      const outside = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
      for (const error of outside) {
        this.results.push({
          name: `${module.project.name} ${module.relativeModuleId}`,
          state: "failed",
          detail: error.message,
        });
      }
    }
    for (const error of unhandled) {
      this.results.push({ name: "vitest: unhandled error", state: "failed", detail: error.message ?? "" });
    }
    const output = process.env[OUTPUT_VARIABLE];
    if (output !== undefined) writeFileSync(output, JSON.stringify(this.results));
  }
}

/**
 * A conformance case of a feature's refusal, on a store that has the feature, is no test of that store.
 *
 * @param {string | undefined} note
 */
function isForOthers(note) {
  return note?.startsWith("does not apply to this store") ?? false;
}

/**
 * A skip has to name what the machine lacks; any other would be a test that silently does not run.
 *
 * @param {string} name
 * @param {string | undefined} note
 * @returns {import("./results.mjs").Result}
 */
function judgeSkip(name, note) {
  if (note?.startsWith("needs ")) return { name, state: "skipped", detail: note };
  // A conformance case whose harness cannot offer a part here (no denied access for root, say) is counted and shown.
  const [, part] = /^the harness has no (\w+)$/.exec(note ?? "") ?? [];
  if (part !== undefined) return { name, state: "skipped", detail: `needs a machine where the harness has ${part}` };
  return { name, state: "failed", detail: `skipped without saying what the machine lacks (${note ?? "no note"})` };
}

/** @param {readonly { message: string }[]} errors */
function messages(errors) {
  return errors.map((error) => error.message).join("\n");
}
