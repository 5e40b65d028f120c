import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface CommandWords {
  readonly name: string;
  readonly description: string;
  /** Names of the commands below it. */
  readonly below: readonly string[];
  /** Its own and those of the commands below it. */
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

/** A completion script made from the command's own definition: subcommands, their options, and file names. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map((command): CommandWords => ({
    name: command.name(),
    description: command.description(),
    below: command.commands.map((below) => below.name()),
    options: [command, ...command.commands]
      .flatMap((part) => part.options)
      .filter(({ hidden }) => !hidden)
      .flatMap(({ long, description }) => (long === undefined ? [] : [{ flag: long, description }])),
  }));
  return { bash, zsh, fish }[shell](commands);
}

function bash(commands: readonly CommandWords[]): string {
  return `# bash completion of xaigrid; use: source <(xaigrid completion bash)
_xaigrid() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word"))
    return
  fi
  if [[ "$word" == -* ]]; then
    case "$command" in
${commands.map(({ name, options }) => `      ${name}) COMPREPLY=($(compgen -W "${options.map(({ flag }) => flag).join(' ')}" -- "$word")) ;;`).join('\n')}
    esac
    return
  fi
${commands
  .filter(({ below }) => below.length > 0)
  .map(
    ({ name, below }) =>
      `  if [ "$COMP_CWORD" -eq 2 ] && [ "$command" = ${name} ]; then COMPREPLY=($(compgen -W "${below.join(' ')}" -- "$word")); return; fi\n`,
  )
  .join('')}  COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _xaigrid xaigrid
`;
}

function zsh(commands: readonly CommandWords[]): string {
  const quote = (text: string): string => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, '\\$&');
  return `#compdef xaigrid
# zsh completion of xaigrid; use: source <(xaigrid completion zsh)
_xaigrid() {
  local -a commands=(
${commands.map(({ name, description }) => `    '${name}:${quote(description)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${commands
  .map(
    ({ name, below, options }) =>
      `    ${name}) _arguments ${options.map(({ flag, description }) => `'${flag}[${quote(description)}]'`).join(' ')} '*:file:${below.length > 0 ? `(${below.join(' ')})` : '_files'}' ;;`,
  )
  .join('\n')}
  esac
}
compdef _xaigrid xaigrid
`;
}

function fish(commands: readonly CommandWords[]): string {
  const quote = (text: string): string => text.replaceAll("'", "\\'");
  const lines = commands.flatMap(({ name, description, below, options }) => [
    `complete -c xaigrid -n __fish_use_subcommand -f -a ${name} -d '${quote(description)}'`,
    ...below.map((word) => `complete -c xaigrid -n '__fish_seen_subcommand_from ${name}' -f -a ${word}`),
    ...options.map(
      ({ flag, description: says }) =>
        `complete -c xaigrid -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d '${quote(says)}'`,
    ),
  ]);
  return `# fish completion of xaigrid; use: xaigrid completion fish | source\n${lines.join('\n')}\n`;
}
