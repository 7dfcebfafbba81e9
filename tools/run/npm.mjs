// Runs npm as a child of these scripts: the npm that started them, or the one on PATH.
import { spawn } from "node:child_process";

/**
 * The environment for an npm that works in another folder than the npm that started this script: what `npm run` adds
 * about the current package (its folder above all) would be taken for settings of the nested one, and one that was told to be
 * silent would keep from us why the nested one failed.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(env = process.env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^npm_(package|lifecycle|config_local_prefix|config_noproxy|config_loglevel|node_execpath)/.test(name),
    ),
  );
}

/**
 * How to start npm: `[program, ...first arguments]`.
 *
 * @returns {[string, ...string[]]}
 */
export function npmCommand() {
  const cli = process.env["npm_execpath"];
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return [process.execPath, cli];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
}

/**
 * Runs npm and collects what it says.
 *
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, onOutput?: (text: string) => void }} options
 * @returns {Promise<{ code: number, stdout: string, output: string }>}
 */
export function npm(args, { cwd, env, onOutput }) {
  const [program, ...first] = npmCommand();
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...args], {
      cwd,
      env: npmEnvironment({ ...process.env, ...env }),
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && program.endsWith(".cmd"),
    });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
      onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
      onOutput?.(text);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}
