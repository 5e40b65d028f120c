import type { Command } from 'commander';
import type { CollectedOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { collect, runArgument, wholeNumber } from './arguments.js';
import { withExamples } from './examples.js';
import { withComputeOptions, withControlOptions, withSetOption } from './shared-options.js';
import type { ControlOptions } from '../control-options.js';

const progressHelp = 'auto: a bar on a terminal, lines elsewhere; lines; or json: a line of JSON for each change';

/** Commands that start, end and remove runs. */
export function addRunCommands(program: Command, terminal: Terminal): void {
  withExamples(
    withComputeOptions(withControlOptions(withSetOption(program.command('run')))),
    'xaigrid run xaigrid.yaml',
    'xaigrid run xaigrid.yaml --limit 20 --threads 1',
    'xaigrid run xaigrid.yaml --until-decided --within 0.01',
    'xaigrid run xaigrid.yaml --set seed=1 --dry-run',
    'xaigrid run xaigrid.yaml --tag sweep --note "another seed"',
  )
    .description('compute a spec and print its table')
    .argument('<spec>', 'spec file, or - for standard input')
    .option('--tag <word>', 'tag the run; may be repeated', collect, [])
    .option('--note <text>', 'a note about the run')
    .option('--dry-run', 'compute nothing; show what is stored already, what would be computed, and the cost')
    .option('--detach', 'with --server: print the run id and do not wait')
    .option('--json', 'print run and table as JSON')
    .option('--progress <how>', progressHelp, 'auto')
    .action(async (file: string, options: CollectedOptions<'run'>) =>
      (await import('../commands/run.js')).run(terminal, file, options),
    );

  withExamples(
    withComputeOptions(withControlOptions(withSetOption(program.command('demo')))),
    'xaigrid demo --limit 20',
    'xaigrid demo --dry-run',
  )
    .description('compute the demo: explanations of two small models, which come with xaigrid')
    .option('--dry-run', 'compute nothing; show what is stored already, what would be computed, and the cost')
    .option('--json', 'print run and table as JSON')
    .option('--progress <how>', progressHelp, 'auto')
    .action(async (options: CollectedOptions<'demo'>) => (await import('../commands/demo.js')).demo(terminal, options));

  withExamples(withControlOptions(program.command('resume')), 'xaigrid resume latest', 'xaigrid resume latest --failed')
    .description('continue an interrupted, failed or cancelled run')
    .argument(...runArgument)
    .option('--failed', 'try its failed samples again')
    .option('--threads <n>', 'threads that compute; default one per core', wholeNumber(1))
    .option('--json', 'print run and table as JSON')
    .option('--progress <how>', progressHelp, 'auto')
    .action(async (run: string, options: CollectedOptions<'resume'>) =>
      (await import('../commands/lifecycle.js')).resume(terminal, run, options),
    );

  withExamples(withControlOptions(program.command('cancel')), 'xaigrid cancel latest')
    .description('stop a run; stored results are kept')
    .argument(...runArgument)
    .action(async (run: string, options: ControlOptions) =>
      (await import('../commands/lifecycle.js')).cancel(terminal, run, options),
    );

  withExamples(
    withControlOptions(program.command('edit')),
    'xaigrid edit latest --name "SISE thresholds" --tag sweep --note "thresholds of the paper"',
    'xaigrid edit latest --untag sweep',
  )
    .description('change the name, tags and note of a run')
    .argument(...runArgument)
    .option('--name <text>', 'the new name')
    .option('--tag <word>', 'add a tag; may be repeated', collect, [])
    .option('--untag <word>', 'remove a tag; may be repeated', collect, [])
    .option('--note <text>', 'a note about the run; "" for none')
    .action(async (run: string, options: CollectedOptions<'edit'>) =>
      (await import('../commands/edit.js')).edit(terminal, run, options),
    );

  withExamples(withControlOptions(program.command('remove')), 'xaigrid remove latest', 'xaigrid remove latest --yes')
    .description('remove runs, after asking; gc then removes results that no other run needs')
    .argument('<run...>', 'ids of runs, or unique beginnings of them')
    .option('--yes', 'do not ask')
    .action(async (runs: string[], options: CollectedOptions<'remove'>) =>
      (await import('../commands/remove.js')).remove(terminal, runs, options),
    );
}
