import { XaigridError } from '@xaigrid/contracts';
import { Option, type Command } from 'commander';
import { collect, collectWholeNumbers, positive, wholeNumber } from './arguments.js';

/** Options of every command that touches runs. */
export function withControlOptions(command: Command): Command {
  const served = command
    .addOption(
      new Option('--server <url>', 'URL of an orchestrator; without it this machine computes and stores').env('XAIGRID_SERVER'),
    )
    .addOption(new Option('--token <token>', 'bearer token for --server; XAIGRID_TOKEN is safer'));
  return withStoreOption(served).hook('preAction', (_command, action) => preferStore(action));
}

export function withStoreOption(command: Command): Command {
  return command.option(
    '--store <folder>',
    'folder of the embedded store; default XAIGRID_STORE, else the nearest .xaigrid in this folder or above it, else your own',
  );
}

/** Typed options come before the environment: --store before XAIGRID_SERVER. @throws USAGE if both were typed */
function preferStore(command: Command): void {
  if (command.getOptionValueSource('store') !== 'cli' || command.getOptionValueSource('server') === undefined) return;
  if (command.getOptionValueSource('server') === 'cli')
    throw new XaigridError('USAGE', '--server and --store name two places where runs are kept. Give one of them.');
  command.setOptionValue('server', undefined);
}

/** The selection within a run. All commands that read results have the same options. Each may be repeated. */
export function withSelectionOptions(command: Command): Command {
  return command
    .option('--dataset <name>', 'only this data set; this and the next options may be repeated', collect, [])
    .option('--model <name>', 'only this model', collect, [])
    .option('--method <name>', 'only this evaluation, by its name in tables, or all evaluations of this method', collect, [])
    .option('--metric <name>', 'only this metric', collect, [])
    .option('--scored-class <class>', 'only scores of this class, as in tables: predicted, label, 0', collect, [])
    .option('--keep <setting>', 'only this keep fraction, such as 0.3, or keep threshold, such as ">0"', collect, [])
    .option('--baseline <name>', 'only this baseline, as in tables: zero, mean, "blur 5"', collect, [])
    .option('--evaluation <n>', 'only this evaluation, by its number in "xaigrid show"', collectWholeNumbers, []);
}

/** How figures are drawn, in a report or alone. */
export function withDrawingOptions(command: Command): Command {
  return command
    .option(
      '--sample <index>',
      'draw this sample instead of those that the rules choose; may be repeated',
      collectWholeNumbers,
      [],
    )
    .option('--top <n>', 'figures show only the n best methods by each metric, and the control', wholeNumber(1))
    .option('--colour-map <name>', 'colours of maps without negative values: viridis, cividis, inferno, greys or jet', 'viridis')
    .option(
      '--signed-colour-map <name>',
      'colours of maps with negative values, zero in the middle: red-blue, purple-green or brown-teal; or same, as maps without',
      'red-blue',
    );
}

export function withSetOption(command: Command): Command {
  return command.option(
    '--set <path=value>',
    'change a value of the spec, for example evaluations.0.explainers.1.draws=50',
    collect,
    [],
  );
}

/** For commands whose output may be longer than a screen. */
export function withPagerOption(command: Command): Command {
  return command.option('--no-pager', 'do not use a pager ($PAGER or less) for output that is longer than the terminal');
}

/** What changes a spec by an option of its own, and where it computes: the same for a run and for its estimate. */
export function withComputeOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'only n samples of each data set, chosen as the spec says', wholeNumber(1))
    .option(
      '--until-decided',
      'take samples in random order until each pair of methods is decided by the first metric, or as untilDecided in the spec says',
    )
    .option('--within <width>', 'with --until-decided: methods that differ by less are the same', positive)
    .option('--engine <name>', 'onnxruntime or tensorflow')
    .option('--device <name>', 'where the engine computes: cpu')
    .option('--threads <n>', 'threads that compute; default one per core', wholeNumber(1));
}
