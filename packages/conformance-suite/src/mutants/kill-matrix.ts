/** For each case the mutants that it kills; cases that kill none are absent. */
export type KillMatrix = Readonly<Record<string, readonly string[]>>;

/** The matrix of outcomes, cases and mutants in the order given. */
export function matrixOf(
  outcomes: readonly { readonly mutant: { readonly name: string }; readonly killers: readonly string[] }[],
  caseIds: readonly string[],
): KillMatrix {
  const matrix: Record<string, string[]> = {};
  for (const id of caseIds) {
    const killed = outcomes.filter(({ killers }) => killers.includes(id)).map(({ mutant }) => mutant.name);
    if (killed.length > 0) matrix[id] = killed;
  }
  return matrix;
}

/** The other way round: for each mutant the cases that kill it. */
export function killersOf(matrix: KillMatrix): ReadonlyMap<string, readonly string[]> {
  const killers = new Map<string, string[]>();
  for (const [id, killed] of Object.entries(matrix)) {
    for (const name of killed) killers.set(name, [...(killers.get(name) ?? []), id]);
  }
  return killers;
}

/** The committed file: one case a line, so that a case that kills less shows as a changed line. */
export function formatMatrix(matrix: KillMatrix): string {
  const lines = Object.entries(matrix).map(([id, killed]) => `  ${JSON.stringify(id)}: ${JSON.stringify(killed)},`);
  return `import type { KillMatrix } from "./kill-matrix.js";

/** Made by \`stowage-conformance mutants --update\`: which mutants each case kills. A case that kills less than here fails the tests. */
export const killMatrix: KillMatrix = {
${lines.join("\n")}
};
`;
}
