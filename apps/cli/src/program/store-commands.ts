import { XaigridError } from '@xaigrid/contracts';
import type { Command } from 'commander';
import type { ControlOptions } from '../open-control.js';
import type { CollectedOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { withExamples } from './examples.js';
import { withControlOptions } from './shared-options.js';

/** What looks after the store and the machine. */
export function addStoreCommands(program: Command, terminal: Terminal): void {
  withExamples(withControlOptions(program.command('gc')), 'xaigrid gc --dry-run', 'xaigrid gc')
    .description('remove maps, scores and files that no run refers to')
    .option('--dry-run', 'only count them')
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'gc'>) =>
      (await import('../commands/lifecycle.js')).collectGarbage(terminal, options),
    );

  withExamples(withControlOptions(program.command('store')), 'xaigrid store')
    .description('keep the embedded Postgres up and print its address, until Ctrl-C')
    .action(async (options: ControlOptions) => (await import('../commands/store.js')).keepStore(terminal, options));

  withExamples(withControlOptions(program.command('doctor')), 'xaigrid doctor')
    .description('check Node, engines, threads, disk, Postgres and NATS')
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'doctor'>) => (await import('../commands/doctor.js')).doctor(terminal, options));

  withExamples(program.command('environment'), 'xaigrid environment')
    .description('list the environment variables that it reads')
    .action(async () => (await import('../commands/environment.js')).environment(terminal));

  withExamples(program.command('completion'), 'xaigrid completion bash')
    .description('print a completion script for your shell')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => {
      const { completionScript, shells } = await import('../completion.js');
      const known = shells.find((name) => name === shell);
      if (known === undefined) throw new XaigridError('USAGE', `completion ${shell}: expected one of ${shells.join(', ')}.`);
      terminal.data(completionScript(program, known));
    });
}
