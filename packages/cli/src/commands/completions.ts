import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Execute } from "../context.js";
import { examples } from "./flags.js";

const shells = ["bash", "zsh", "fish"] as const;

type Shell = (typeof shells)[number];

export function addCompletions(program: Command, execute: Execute): void {
  const command = program
    .command("completions")
    .summary("completion script for a shell")
    .description("Print a script that completes verbs, their options, and paths.")
    .argument("<shell>", shells.join(", "), parseShell)
    .action((shell: Shell) =>
      execute("completions", async (context) => {
        await context.lines.write(scripts[shell](wordsOf(program)));
      }),
    );
  examples(command, [
    ['eval "$(stowage completions bash)"', "in ~/.bashrc"],
    ["stowage completions fish | source", "in config.fish"],
  ]);
}

function parseShell(text: string): Shell {
  const shell = shells.find((known) => known === text);
  if (shell === undefined) throw new InvalidArgumentError(`It is one of ${shells.join(", ")}.`);
  return shell;
}

/** Verbs with their summaries and their options. */
type Words = readonly { readonly verb: string; readonly summary: string; readonly options: readonly string[] }[];

function wordsOf(program: Command): Words {
  const shared = program.options.map((option) => option.long ?? "");
  return program.commands.map((command) => ({
    verb: command.name(),
    summary: command.summary(),
    options: [...command.options.map((option) => option.long ?? ""), ...shared, "--help"].filter((long) => long !== ""),
  }));
}

const scripts: Readonly<Record<Shell, (words: Words) => string>> = { bash, zsh, fish };

function bash(words: Words): string {
  return `_stowage() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb= file i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in -*) ;; *) verb=\${COMP_WORDS[i]}; break ;; esac
  done
  local options=--help
  case $verb in
    "") COMPREPLY=($(compgen -W "${words.map(({ verb }) => verb).join(" ")} --help --version" -- "$word")); return ;;
${words.map(({ verb, options }) => `    ${verb}) options="${options.join(" ")}" ;;`).join("\n")}
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) COMPREPLY=(); while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$word") ;;
  esac
}
complete -o filenames -F _stowage stowage`;
}

function zsh(words: Words): string {
  return `#compdef stowage
_stowage() {
  local -a verbs
  verbs=(
${words.map(({ verb, summary }) => `    '${verb}:${summary.replaceAll("'", "")}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then _describe verb verbs; return; fi
  case $words[2] in
${words.map(({ verb, options }) => `    ${verb}) [[ $PREFIX == -* ]] && compadd -- ${options.join(" ")} || _files ;;`).join("\n")}
  esac
}
compdef _stowage stowage`;
}

function fish(words: Words): string {
  return words
    .flatMap(({ verb, summary, options }) => [
      `complete -c stowage -n __fish_use_subcommand -f -a ${verb} -d '${summary.replaceAll("'", "")}'`,
      ...options.map((long) => `complete -c stowage -n '__fish_seen_subcommand_from ${verb}' -l ${long.slice(2)}`),
    ])
    .join("\n");
}
