// Which package may import which. One table; package.json files and the imports themselves are held against it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, posix } from "node:path";
import { runAsScript } from "./run-as-script.mjs";
import { imports, PUBLISHED, sources } from "./sources.mjs";

/**
 * Our packages that each package may use. A store uses the contract, its SDK, and what exactly is listed here.
 *
 * @type {Record<string, string[]>}
 */
const MAY_USE = {
  core: [],
  http: ["core"],
  "store-memory": ["core"],
  "store-file": ["core"],
  "store-direct": ["core", "store-file"],
  "store-s3": ["core", "http"],
  "store-azure": ["core", "http"],
  "conformance-suite": ["core"],
  cli: ["core", "store-file"],
};

/** Loaded by name while it runs, where it is installed; never a dependency. */
const RESOLVED_AT_RUN_TIME = new Set(["conformance-suite -> store-memory"]);

/** Where a store describes itself to the conformance suite: it may use the suite's types, nothing of its code. */
const HARNESS = /^packages\/store-[^/]+\/src\/conformance(\/.*)?\.ts$/;

const SCOPE = "@stowage/";

/**
 * @param {string} root of the repository
 * @returns {string[]} the violations
 */
export function checkBoundaries(root) {
  const folders = readdirSync(join(root, "packages")).filter((name) =>
    existsSync(join(root, "packages", name, "package.json")),
  );
  /** @type {Map<string, Manifest>} */
  const manifests = new Map(
    folders.map((name) => [name, JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"))]),
  );
  return [
    ...[...manifests].flatMap(([name, manifest]) => checkManifest(name, manifest)),
    ...sources(root, PUBLISHED).flatMap((source) => checkImports(source, manifests)),
    ...checkCoreKnowsNoBackend(root),
  ];
}

/**
 * @typedef {object} Manifest
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, unknown>} [exports]
 */

/**
 * @param {string} name
 * @param {Manifest} manifest
 */
function checkManifest(name, manifest) {
  const allowed = MAY_USE[name];
  if (allowed === undefined) return [`packages/${name}: not in the table of tools/checks/boundaries.mjs`];
  const declared = [...declaredIn(manifest)];
  const problems = declared
    .filter((dependency) => dependency.startsWith(SCOPE) && !allowed.includes(dependency.slice(SCOPE.length)))
    .map((dependency) => `packages/${name}/package.json: may not depend on ${dependency}`);
  if (name === "core" && declared.length > 0)
    problems.push(`packages/core/package.json: core has no runtime dependency`);
  // A command brings its own core; a library shares its user's.
  const isLibrary = name !== "core" && name !== "cli";
  if (isLibrary && manifest.peerDependencies?.[`${SCOPE}core`] === undefined) {
    problems.push(`packages/${name}/package.json: ${SCOPE}core must be a peer dependency`);
  }
  return problems;
}

/** @param {Manifest} manifest */
function declaredIn({ dependencies, peerDependencies, optionalDependencies }) {
  return new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }));
}

/**
 * @param {import("./sources.mjs").Source} source
 * @param {Map<string, Manifest>} manifests
 */
function checkImports(source, manifests) {
  const [, name = ""] = source.path.split("/");
  const manifest = manifests.get(name) ?? {};
  const declared = declaredIn(manifest);
  return imports(source).flatMap(({ specifier, line, isType }) => {
    if (isType && HARNESS.test(source.path) && specifier === `${SCOPE}conformance-suite`) return [];
    const problem = specifier.startsWith(".")
      ? checkRelative(source.path, specifier, name)
      : checkBare(specifier, name, declared, manifests);
    return problem === undefined ? [] : [`${source.path}:${line}: ${problem}`];
  });
}

/**
 * @param {string} path
 * @param {string} specifier
 * @param {string} name
 */
function checkRelative(path, specifier, name) {
  const target = posix.join(dirname(path), specifier);
  return target.startsWith(`packages/${name}/src/`) || target === `packages/${name}/package.json`
    ? undefined
    : `${specifier} leaves the package's sources`;
}

/**
 * @param {string} specifier
 * @param {string} name
 * @param {Set<string>} declared
 * @param {Map<string, Manifest>} manifests
 */
function checkBare(specifier, name, declared, manifests) {
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? undefined : `${specifier} needs its node: prefix`;
  const parts = specifier.split("/");
  const dependency = parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  const subpath = [".", ...parts.slice(specifier.startsWith("@") ? 2 : 1)].join("/");
  if (!dependency.startsWith(SCOPE)) {
    return declared.has(dependency) ? undefined : `${dependency} is not declared in package.json`;
  }
  const target = dependency.slice(SCOPE.length);
  if (target === name || RESOLVED_AT_RUN_TIME.has(`${name} -> ${target}`)) return undefined;
  if (!MAY_USE[name]?.includes(target)) return `${name} may not import ${dependency}`;
  if (!declared.has(dependency)) return `${dependency} is not declared in package.json`;
  if (!Object.hasOwn(manifests.get(target)?.exports ?? {}, subpath))
    return `${specifier} is not an export of ${dependency}`;
  return undefined;
}

/**
 * Core is the same for every backend: its one mention of them is a data table, and nothing compares schemes.
 *
 * @param {string} root
 */
function checkCoreKnowsNoBackend(root) {
  const core = sources(root, PUBLISHED).filter(({ path }) => path.startsWith("packages/core/"));
  const naming = core.filter(({ text }) => withoutComments(text).includes(`${SCOPE}store-`)).map(({ path }) => path);
  const problems =
    naming.length > 1 ? [`store packages are named in more than one file of core: ${naming.join(", ")}`] : [];
  for (const { path, text } of core) {
    const comparison = /\bscheme\w*\s*[!=]==?\s*["'`]|["'`]\s*[!=]==?\s*\w*\.?scheme\b|switch\s*\([^)]*scheme/i.exec(
      withoutComments(text),
    );
    if (comparison !== null) problems.push(`${path}: core decides by scheme: ${comparison[0]}`);
  }
  return problems;
}

/** @param {string} text */
function withoutComments(text) {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "");
}

await runAsScript(import.meta.url, checkBoundaries, "package boundaries hold");
