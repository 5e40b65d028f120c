import { XaigridError } from '@xaigrid/contracts';
import { Option, type Command } from 'commander';
import { collect, collectWholeNumbers, wholeNumber } from './arguments.js';

/** Options of every command that touches runs. */
export function withControlOptions(command: Command): Command {
  const served = command
    .addOption(
      new Option('--server <url>', 'orchestrator to talk to; without it this machine computes and stores').env('XAIGRID_SERVER'),
    )
    .addOption(new Option('--token <token>', 'bearer token for --server; better given as XAIGRID_TOKEN'));
  return withStoreOption(served).hook('preAction', (_command, action) => preferStore(action));
}

export function withStoreOption(command: Command): Command {
  return command.option(
    '--store <folder>',
    'folder of the embedded store; default XAIGRID_STORE, else the nearest .xaigrid from here upwards, else your own',
  );
}

/** What was typed goes before what the environment says: --store before XAIGRID_SERVER. @throws USAGE when both were typed */
function preferStore(command: Command): void {
  if (command.getOptionValueSource('store') !== 'cli' || command.getOptionValueSource('server') === undefined) return;
  if (command.getOptionValueSource('server') === 'cli')
    throw new XaigridError('USAGE', '--server and --store name two places where runs are kept. Give one of them.');
  command.setOptionValue('server', undefined);
}

/** What is chosen of a run: the same options wherever results are read. Each may be repeated. */
export function withSelectionOptions(command: Command): Command {
  return command
    .option('--dataset <name>', 'only this data set; may be repeated, as the following', collect, [])
    .option('--model <name>', 'only this model', collect, [])
    .option('--method <name>', 'only this evaluation as tables call it, or all of this method', collect, [])
    .option('--metric <name>', 'only this metric', collect, [])
    .option('--scored-class <class>', 'only scores of this class as tables write it: predicted, label, 0', collect, [])
    .option('--keep <setting>', 'only this keep fraction such as 0.3, or keep threshold such as ">0"', collect, [])
    .option('--baseline <name>', 'only this baseline as tables write it: zero, mean, "blur 5"', collect, [])
    .option('--evaluation <n>', 'only this evaluation by its number in "xaigrid show"', collectWholeNumbers, []);
}

/** How figures are drawn, in a report or alone. */
export function withDrawingOptions(command: Command): Command {
  return command
    .option('--sample <index>', 'draw this sample in place of those that rules choose; may be repeated', collectWholeNumbers, [])
    .option('--top <n>', 'figures show only the n best methods by each metric; the control stays', wholeNumber(1))
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
  return command.option('--no-pager', 'print at once, also what is longer than the terminal; otherwise $PAGER or less shows it');
}
