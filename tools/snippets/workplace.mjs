// A scratch folder in which snippets run as they would in a reader's project, with the built packages installed.
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { runCommand } from "../run/command.mjs";
import { repository } from "../run/install.mjs";
import { workspacePackages } from "../packaging/pack.mjs";

/** Stands in for npm: an install is judged by its names, a script by its presence; nothing is installed or run. */
const NPM = (/** @type {{ packages: string[], scripts: string[] }} */ known) => `#!/usr/bin/env node
const known = ${JSON.stringify(known)};
const [command, ...rest] = process.argv.slice(2);
const names = rest.filter((word) => !word.startsWith("-"));
const fail = (text) => { console.error(text); process.exit(1); };
if (["install", "i"].includes(command)) {
  for (const name of names) {
    if (name.startsWith("@stowage/") && !known.packages.includes(name)) fail("no such package here: " + name);
  }
} else if (command === "run" || command === "test") {
  const script = command === "test" ? "test" : names[0];
  if (!known.scripts.includes(script)) fail("no such script here: " + script);
} else if (command !== "ci") fail("npm " + command + " is not known to the snippet runner");
`;

/**
 * @param {string[]} scripts of the root package.json
 */
export async function createWorkplace(scripts) {
  const folder = await mkdtemp(join(tmpdir(), "stowage-snippets-"));
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "npm"), NPM({ packages: workspacePackages().map(({ name }) => name), scripts }));
  await chmod(join(bin, "npm"), 0o755);
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "reader", private: true, type: "module" }));
  const path = [bin, join(repository, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);

  return {
    folder,
    /**
     * Compiles every TypeScript snippet in one go, strictly and without the repository's source condition.
     *
     * @param {{ name: string, code: string }[]} modules
     * @returns {Promise<string>} the compiler's complaints
     */
    async compile(modules) {
      for (const { name, code } of modules) await writeFile(join(folder, `${name}.ts`), `${code}\nexport {};\n`);
      const compilerOptions = {
        target: "es2022",
        lib: ["es2023", "esnext.disposable"],
        module: "nodenext",
        types: ["node"],
        typeRoots: [join(repository, "node_modules", "@types")],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        outDir: "compiled",
        rootDir: ".",
      };
      const files = modules.map(({ name }) => `${name}.ts`);
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      const { output } = await runCommand("tsc", ["-p", folder], { cwd: folder });
      return output;
    },
    /**
     * @param {string} name of a compiled module
     * @param {string} cwd
     * @param {NodeJS.ProcessEnv} env
     */
    runModule: (name, cwd, env) => runCommand(process.execPath, [join(folder, "compiled", `${name}.js`)], { cwd, env }),
    /**
     * @param {string} code
     * @param {string} cwd
     * @param {NodeJS.ProcessEnv} env
     */
    runShell: (code, cwd, env) => runCommand("sh", ["-euc", code], { cwd, env: { ...env, PATH: path } }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
