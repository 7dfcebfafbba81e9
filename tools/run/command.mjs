// Programs of the repository's node_modules, run as checks.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { repository } from "./install.mjs";

/**
 * Runs a program with the repository's `node_modules/.bin` first on PATH and collects its output.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stream?: boolean }} [options] `stream`: pass the output through as it comes
 * @returns {Promise<{ code: number, stdout: string, output: string }>}
 */
export function runCommand(program, args, { cwd = repository, env, stream = false } = {}) {
  const path = [join(repository, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, PATH: path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
      if (stream) process.stdout.write(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (stream) process.stderr.write(text);
    });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code: code ?? 1, stdout, output: signal ? `${output}\n${signal}` : output }),
    );
  });
}
