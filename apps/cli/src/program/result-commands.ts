import { Option, type Command } from 'commander';
import type { CollectedOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { collect, decimal, measureBound, runArgument, wholeNumber } from './arguments.js';
import { withExamples } from './examples.js';
import {
  withControlOptions,
  withDrawingOptions,
  withPagerOption,
  withSelectionOptions,
  withSetOption,
  withStoreOption,
} from './shared-options.js';

/** What reads runs and their results. */
export function addResultCommands(program: Command, terminal: Terminal): void {
  withExamples(
    withPagerOption(withControlOptions(program.command('list'))),
    'xaigrid list',
    'xaigrid list --search mnist1d --state done --limit 5',
  )
    .description('list runs, newest first')
    .option('--search <words>', 'only runs with these words in id, name, tags, note, data sets, models or methods')
    .option('--tag <word>', 'only runs with this tag; may be repeated', collect, [])
    .option('--state <name>', 'only runs in this state; may be repeated', collect, [])
    .option('--limit <n>', 'how many', wholeNumber(1), 20)
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'list'>) => (await import('../commands/list.js')).list(terminal, options));

  withExamples(withPagerOption(withControlOptions(program.command('show'))), 'xaigrid show latest', 'xaigrid show latest --json')
    .description('show a run: what was run, its progress, and what failed')
    .argument(...runArgument)
    .option('--json', 'as JSON')
    .action(async (run: string, options: CollectedOptions<'show'>) =>
      (await import('../commands/show.js')).show(terminal, run, options),
    );

  withExamples(
    withPagerOption(withSelectionOptions(withControlOptions(program.command('table')))),
    'xaigrid table',
    'xaigrid table latest --method sise --method shap-gradient --keep 0.3',
    'xaigrid table latest --format markdown',
  )
    .description('show the results of one or several runs side by side')
    .argument('[run...]', 'ids; default latest')
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (runs: string[], options: CollectedOptions<'table'>) =>
      (await import('../commands/table.js')).table(terminal, runs, options),
    );

  withExamples(
    withPagerOption(withSelectionOptions(withControlOptions(program.command('compare')))),
    'xaigrid compare latest --keep 0.3 --measure drop',
    'xaigrid compare latest --method sise --against shap-gradient',
    'xaigrid compare latest --test wilcoxon',
  )
    .description('compare methods in pairs, sample by sample, or each method in two runs, models or data sets')
    .argument('<run...>', 'id of a run, a unique beginning of one, or "latest"; several are compared with each other')
    .option('--against <name>', 'only pairs with this second method; may be repeated', collect, [])
    .option('--measure <name>', 'only this measure, for example drop')
    .option(
      '--across <what>',
      'methods, runs, models or datasets: what the two sides differ in; default methods, of several runs runs',
    )
    .option(
      '--test <name>',
      'bootstrap or wilcoxon: how p-values are computed; without common samples an unpaired bootstrap, or Welch’s test',
      'bootstrap',
    )
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (runs: string[], options: CollectedOptions<'compare'>) =>
      (await import('../commands/compare.js')).compare(terminal, runs, options),
    );

  withExamples(
    withPagerOption(withSelectionOptions(withControlOptions(program.command('rank')))),
    'xaigrid rank latest',
    'xaigrid rank latest --agreement --format csv',
    'xaigrid rank latest --metric drop-increase --all',
  )
    .description('rank the methods by each metric, and show which metrics agree on them')
    .argument('[run...]', 'ids; default latest')
    .option('--all', 'by every measure with a direction at every setting; default each metric’s headline measure at one setting')
    .option('--agreement', 'every pair of metrics, instead of the ranks')
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (runs: string[], options: CollectedOptions<'rank'>) =>
      (await import('../commands/rank.js')).rank(terminal, runs, options),
    );

  withExamples(
    withPagerOption(withSelectionOptions(withControlOptions(program.command('scores')))),
    'xaigrid scores latest --method sise --keep 0.3 --sort=-drop --limit 10',
    'xaigrid scores latest --method sise --min drop=0.5 --max drop=0.8',
    'xaigrid scores latest --sample 110 --format csv',
  )
    .description('show the scores of single samples')
    .argument(...runArgument)
    .option('--sample <index>', 'one sample', wholeNumber(0))
    .option('--class <index>', 'samples with this label', wholeNumber(0))
    .option('--min <measure=x>', 'a measure of at least x, for example drop=0.5', measureBound)
    .option('--max <measure=x>', 'a measure of at most x', measureBound)
    // The option from before other measures existed.
    .addOption(new Option('--drop-min <x>', 'drop of at least x').argParser(decimal).hideHelp())
    .addOption(new Option('--drop-max <x>', 'drop of at most x').argParser(decimal).hideHelp())
    .option('--degenerate', 'only samples with a degenerate map')
    .option('--sort <measure>', 'sample or a measure; -drop sorts the largest first')
    .option('--limit <n>', 'how many', wholeNumber(1), 100)
    .option('--offset <n>', 'how many to skip', wholeNumber(0), 0)
    .option('--format <format>', 'table, json or csv', 'table')
    .action(async (run: string, options: CollectedOptions<'scores'>) =>
      (await import('../commands/scores.js')).scores(terminal, run, options),
    );

  withExamples(
    withSelectionOptions(withControlOptions(program.command('map'))),
    'xaigrid map latest --method sise --sample 110',
    'xaigrid map latest --method sise --sample 110 --npy map.npy',
  )
    .description('print a sample and its map, or save the map')
    .argument(...runArgument)
    .requiredOption('--sample <index>', 'the sample', wholeNumber(0))
    .option('--npy <file>', 'write the map as .npy instead of printing it')
    .action(async (run: string, options: CollectedOptions<'map'>) =>
      (await import('../commands/map.js')).map(terminal, run, options),
    );

  withExamples(
    withPagerOption(withSelectionOptions(withControlOptions(program.command('metrics')))),
    'xaigrid metrics latest',
    'xaigrid metrics latest --format json',
  )
    .description('show how good the models are: accuracy, Table 1, precision, recall, F1, areas under curves, calibration')
    .argument(...runArgument)
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (run: string, options: CollectedOptions<'metrics'>) =>
      (await import('../commands/metrics.js')).metrics(terminal, run, options),
    );

  withExamples(
    withDrawingOptions(withSelectionOptions(withControlOptions(program.command('report')))),
    'xaigrid report latest',
    'xaigrid report latest --top 5',
    'xaigrid report latest --method sise --method shap-gradient --out two-methods.html',
  )
    .description('write one self-contained HTML page about one or several runs: results, samples, models, and what was run')
    .argument('<run...>', 'ids of runs, unique beginnings of them, or "latest"')
    .option('--out <file>', 'the page; default xaigrid-report-RUN.html; an earlier report is replaced')
    .action(async (runs: string[], options: CollectedOptions<'report'>) =>
      (await import('../commands/report.js')).report(terminal, runs, options),
    );

  withExamples(withStoreOption(program.command('ui')), 'xaigrid ui', 'xaigrid ui --port 8000 --no-open')
    .description('show the results of the store in a browser, until Ctrl-C')
    .option('--port <n>', 'where it listens, on this machine only; 0: any free port; default 4890', wholeNumber(0))
    .option('--no-open', 'do not open the browser')
    .action(async (options: CollectedOptions<'ui'>) => (await import('../commands/ui.js')).ui(terminal, options));

  withExamples(
    withDrawingOptions(withSelectionOptions(withControlOptions(program.command('figures')))),
    'xaigrid figures latest',
    'xaigrid figures latest plots --format svg --sample 110',
  )
    .description('write every picture of the report as files, and print their names')
    .argument(...runArgument)
    .argument('[folder]', 'a new or empty folder; default xaigrid-figures-RUN')
    .option('--format <format>', 'svg, png or both', 'both')
    .action(async (run: string, folder: string | undefined, options: CollectedOptions<'figures'>) =>
      (await import('../commands/figures.js')).figures(terminal, run, folder, options),
    );

  withExamples(
    withSelectionOptions(withControlOptions(program.command('export'))),
    'xaigrid export latest results',
    'xaigrid export latest sise-only --method sise',
    'xaigrid export latest tables --format parquet',
  )
    .description('write spec, table, scores, maps and a manifest with hashes')
    .argument(...runArgument)
    .argument('<folder>', 'a new or empty folder')
    .option('--format <format>', 'of tables: csv; or parquet, with predictions and failures, one row per measure', 'csv')
    .action(async (run: string, folder: string, options: CollectedOptions<'export'>) =>
      (await import('../commands/export.js')).exportRun(terminal, run, folder, options),
    );

  withExamples(
    withSetOption(program.command('verify')),
    'xaigrid verify results',
    'xaigrid verify results --samples 3 --seed 1 --base .',
  )
    .description('check an exported run: the hashes of its files, and some samples computed again')
    .argument('<folder>', 'what "xaigrid export" wrote')
    .option('--samples <n>', 'how many samples of each data set are computed again', wholeNumber(1), 10)
    .option('--seed <n>', 'which samples, if the run took whole data sets; default: others each time', wholeNumber(0))
    .option('--base <folder>', 'the folder that paths in the spec are relative to; default this folder')
    .option(
      '--tolerance <share>',
      'how far a map may differ as a share of its largest value, and a score, as a share if it is above 1',
      decimal,
      1e-5,
    )
    .option('--threads <n>', 'threads that compute; default one per core', wholeNumber(1))
    .option('--json', 'as JSON')
    .action(async (folder: string, options: CollectedOptions<'verify'>) =>
      (await import('../commands/verify.js')).verify(terminal, folder, options),
    );
}
