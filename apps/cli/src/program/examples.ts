import type { Command } from 'commander';

const known = new WeakMap<Command, readonly string[]>();

/** Commands as one would type them. They stand in `--help` and in docs/reference.md; tests run every one of them. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  known.set(command, examples);
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

export function examplesOf(command: Command): readonly string[] {
  return known.get(command) ?? [];
}
