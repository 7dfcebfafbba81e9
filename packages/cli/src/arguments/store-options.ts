import type { OptionDeclaration } from "@stowage/core";
import { splitPair } from "./attributes.js";
import { parseBytes } from "./size.js";
import { usageError } from "./usage.js";

export type DeclaredOptions = Readonly<Record<string, OptionDeclaration>>;

/** Store options as typed on the command line, before the stores that they are for are known. */
export interface OptionFlags {
  readonly option?: readonly string[] | undefined;
  readonly endpoint?: string | undefined;
}

/** One `-o name=value`, and the flag that it came by, for messages. */
export interface GivenOption {
  readonly name: string;
  readonly value: string;
  readonly flag: string;
}

export function readPairs(pairs: readonly string[] | undefined, flag: string): GivenOption[] {
  return (pairs ?? []).map((pair) => {
    const [name, value] = splitPair(pair, flag);
    return { name, value, flag };
  });
}

/** `--endpoint URL` is short for `-o endpoint=URL`. */
export function readOptions(flags: OptionFlags): GivenOption[] {
  const given = readPairs(flags.option, "-o");
  if (flags.endpoint !== undefined) given.push({ name: "endpoint", value: flags.endpoint, flag: "--endpoint" });
  return given;
}

/** Option values in the types that the store declares. `owner` names the store in messages. */
export function coerceOptions(
  given: readonly GivenOption[],
  declared: DeclaredOptions,
  owner: string,
): Record<string, unknown> {
  const options: Record<string, unknown> = Object.create(null);
  for (const { name, value, flag } of given) {
    const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (declaration === undefined) throw unknownOption(name, flag, declared, owner);
    options[name] = coerce(name, value, declaration);
  }
  return { ...options };
}

export function unknownOption(name: string, flag: string, declared: DeclaredOptions, owner: string): Error {
  const known = Object.entries(declared)
    .filter(([, declaration]) => declaration.type !== "object")
    .map(([known]) => known)
    .toSorted();
  return usageError(`${owner} has no option ${JSON.stringify(name)} (${flag}); its options are ${known.join(", ")}`);
}

function coerce(name: string, value: string, declaration: OptionDeclaration): unknown {
  switch (declaration.type) {
    case "string":
      return coerceString(name, value, declaration.values);
    case "boolean":
      if (value === "true" || value === "false") return value === "true";
      throw usageError(`option ${name} is true or false, not ${JSON.stringify(value)}`);
    case "integer":
      if (/^-?\d+$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
      throw usageError(`option ${name} is a whole number, not ${JSON.stringify(value)}`);
    case "bytes":
      return parseBytes(value, `option ${name}`);
    case "json":
      return coerceJson(name, value);
    default:
      throw usageError(`option ${name} can be given in code only, not on the command line`);
  }
}

function coerceString(name: string, value: string, values: readonly string[] | undefined): string {
  if (values === undefined || values.includes(value)) return value;
  throw usageError(`option ${name} is one of ${values.join(", ")}, not ${JSON.stringify(value)}`);
}

function coerceJson(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw usageError(`option ${name} is a JSON value like ["a"] or {"a": 1}, not ${JSON.stringify(value)}`);
  }
}
