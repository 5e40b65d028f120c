import { XaigridError } from '@xaigrid/contracts';
import type { Command } from 'commander';
import type { StoreOptions, WhereOptions } from '../commands/store.js';
import type { CollectedOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { withExamples } from './examples.js';
import { withControlOptions, withStoreOption } from './shared-options.js';
import type { ControlOptions } from '../control-options.js';

/** What looks after the store and the machine. */
export function addStoreCommands(program: Command, terminal: Terminal): void {
  withExamples(withControlOptions(program.command('gc')), 'xaigrid gc --dry-run', 'xaigrid gc')
    .description('remove maps, scores and files that no run refers to')
    .option('--dry-run', 'only count them')
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'gc'>) =>
      (await import('../commands/lifecycle.js')).collectGarbage(terminal, options),
    );

  const store = withExamples(withStoreOption(program.command('store')), 'xaigrid store')
    .description('run the embedded Postgres and print its address, until Ctrl-C; subcommands show and make stores')
    .action(async (options: StoreOptions) => (await import('../commands/store.js')).keepStore(terminal, options));
  withExamples(withStoreOption(store.command('where')), 'xaigrid store where', 'xaigrid store where --json')
    .description('print the folder of the embedded store, why it is used, and what is in it')
    .option('--json', 'as JSON')
    // Commander assigns --store to the parent command, wherever it stands.
    .action(async (_options: object, command: Command) =>
      (await import('../commands/store.js')).whereStore(terminal, command.optsWithGlobals<WhereOptions>()),
    );
  withExamples(store.command('init'), 'xaigrid store init')
    .description('give a project its own store: an empty folder .xaigrid, found from there and from the folders below')
    .argument('[folder]', "the project's folder; default the current one")
    .action(async (folder: string | undefined) => (await import('../commands/store.js')).initStore(terminal, folder ?? '.'));

  withExamples(withControlOptions(program.command('doctor')), 'xaigrid doctor')
    .description('check Node, engines, threads, disk, Postgres and NATS')
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'doctor'>) => (await import('../commands/doctor.js')).doctor(terminal, options));

  withExamples(withControlOptions(program.command('environment')), 'xaigrid environment')
    .description('list the environment variables of xaigrid, and show where runs are kept')
    .action(async (options: ControlOptions) => (await import('../commands/environment.js')).environment(terminal, options));

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
