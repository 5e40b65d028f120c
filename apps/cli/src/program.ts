import { XAIGRID_VERSION, XaigridError } from '@xaigrid/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ControlOptions } from './open-control.js';
import type { CollectedOptions } from './options.js';
import type { Terminal } from './terminal.js';

function wholeNumber(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low) throw new InvalidArgumentError(`expected a whole number of at least ${low}.`);
    return value;
  };
}

function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('expected a number.');
  return value;
}

function collect(text: string, previous: readonly string[]): string[] {
  return [...previous, text];
}

function collectWholeNumbers(text: string, previous: readonly number[]): number[] {
  return [...previous, wholeNumber(0)(text)];
}

/** Options of every command that touches runs. */
function withControlOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--server <url>', 'orchestrator to talk to; without it this machine computes and stores').env('XAIGRID_SERVER'),
    )
    .addOption(new Option('--token <token>', 'bearer token for --server; better given as XAIGRID_TOKEN'))
    .addOption(
      new Option('--store <folder>', 'folder of the embedded Postgres; DATABASE_URL takes its place')
        .default('.xaigrid')
        .env('XAIGRID_STORE'),
    );
}

function withSetOption(command: Command): Command {
  return command.option(
    '--set <path=value>',
    'change a value of the spec, for example evaluations.0.explainers.1.draws=50',
    collect,
    [],
  );
}

const runArgument = ['<run>', 'id of a run, a unique beginning of one, or "latest"'] as const;

/** The `xaigrid` command. Each subcommand loads what it needs when it is called, so that --help and completion are quick. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('xaigrid')
    .description('Measures how faithful the explanations of a neural network are, over whole test sets.')
    .version(XAIGRID_VERSION)
    .showHelpAfterError('(xaigrid --help lists commands and options)')
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed, 2 wrong usage or spec, 3 done with failed samples, 130 interrupted.\nData goes to stdout, everything else to stderr.\nEnvironment variables: xaigrid environment.',
    );

  program
    .command('init')
    .description('write a commented spec to start from')
    .argument('[file]', 'the spec to write', 'xaigrid.yaml')
    .option('--force', 'replace the file')
    .action(async (file: string, options: { force?: boolean }) =>
      (await import('./commands/spec.js')).init(terminal, file, options),
    );

  withSetOption(program.command('validate'))
    .description('check a spec, its files and how they fit, without computing anything')
    .argument('<spec>', 'spec file, or - for standard input')
    .action(async (file: string, options: { set: string[] }) =>
      (await import('./commands/spec.js')).validate(terminal, file, options),
    );

  program
    .command('inspect')
    .description("print a model's layers, what they cost, which ones SISE explains, and what is unsupported")
    .argument('<model>', 'Keras .keras or .h5, TF.js model.json or its folder, or .onnx')
    .option('--input-shape <shape>', 'size of a sample where the file leaves it open, channels last: 224x224x3')
    .option('--output <kind>', 'what the file gives: logits or probabilities; default by its last operation')
    .option('--json', 'as JSON')
    .action(async (file: string, options: CollectedOptions<'inspect'>) =>
      (await import('./commands/inspect.js')).inspect(terminal, file, options),
    );

  const datasets = program.command('datasets').description('data sets: the kinds there are, published ones to fetch');
  datasets
    .command('list')
    .description('list the kinds of data sets with their parameters, and what can be fetched')
    .option('--json', 'as JSON, parameters as JSON Schema')
    .action(async (options: { json?: boolean }) => (await import('./commands/datasets.js')).listDatasets(terminal, options));
  datasets
    .command('fetch')
    .description('download a published data set and make it a folder for the kind image-folder')
    .argument('<name>', 'hmt')
    .option('--to <folder>', 'the folder it becomes; default its name')
    .option('--url <url>', 'where the same file is too')
    .action(async (name: string, options: { to?: string; url?: string }) =>
      (await import('./commands/datasets.js')).fetchPublished(terminal, name, options),
    );

  withControlOptions(withSetOption(program.command('run')))
    .description('compute a spec and print its table')
    .argument('<spec>', 'spec file, or - for standard input')
    .option('--limit <n>', 'only the first n samples of each data set', wholeNumber(1))
    .option('--engine <name>', 'onnxruntime or tensorflow')
    .option('--threads <n>', 'threads that compute; default one a core', wholeNumber(1))
    .option('--dry-run', 'say what would be computed and what is stored already')
    .option('--detach', 'with --server: print the run id and do not wait')
    .option('--json', 'print run and table as JSON')
    .action(async (file: string, options: CollectedOptions<'run'>) =>
      (await import('./commands/run.js')).run(terminal, file, options),
    );

  withControlOptions(program.command('resume'))
    .description('go on with an interrupted, failed or cancelled run')
    .argument(...runArgument)
    .option('--failed', 'try its failed samples again')
    .option('--threads <n>', 'threads that compute; default one a core', wholeNumber(1))
    .option('--json', 'print run and table as JSON')
    .action(async (run: string, options: CollectedOptions<'resume'>) =>
      (await import('./commands/lifecycle.js')).resume(terminal, run, options),
    );

  withControlOptions(program.command('cancel'))
    .description('stop a run; what is stored stays')
    .argument(...runArgument)
    .action(async (run: string, options: ControlOptions) =>
      (await import('./commands/lifecycle.js')).cancel(terminal, run, options),
    );

  withControlOptions(program.command('remove'))
    .description('forget runs; gc then frees what no other run needs')
    .argument('<run...>', 'ids of runs, or unique beginnings of them')
    .action(async (runs: string[], options: ControlOptions) =>
      (await import('./commands/lifecycle.js')).remove(terminal, runs, options),
    );

  withControlOptions(program.command('list'))
    .description('list runs, the newest first')
    .option('--limit <n>', 'how many', wholeNumber(1), 20)
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'list'>) => (await import('./commands/query.js')).list(terminal, options));

  withControlOptions(program.command('show'))
    .description('what was run, how far it is, what failed')
    .argument(...runArgument)
    .option('--json', 'as JSON')
    .action(async (run: string, options: CollectedOptions<'show'>) =>
      (await import('./commands/query.js')).show(terminal, run, options),
    );

  withControlOptions(program.command('table'))
    .description('results of one or several runs side by side')
    .argument('[run...]', 'ids; default latest')
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (runs: string[], options: CollectedOptions<'table'>) =>
      (await import('./commands/query.js')).table(terminal, runs, options),
    );

  withControlOptions(program.command('compare'))
    .description('methods in pairs, sample by sample: how much one scores above the other')
    .argument(...runArgument)
    .option('--against <name>', 'only with this method, or evaluation as tables call it')
    .option('--measure <name>', 'only this measure, for example drop')
    .option('--keep <setting>', 'a keep fraction such as 0.3, or a threshold such as ">0"')
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (run: string, options: CollectedOptions<'compare'>) =>
      (await import('./commands/query.js')).compare(terminal, run, options),
    );

  withControlOptions(program.command('scores'))
    .description('scores of single samples')
    .argument(...runArgument)
    .option('--sample <index>', 'one sample', wholeNumber(0))
    .option('--class <index>', 'samples with this label', wholeNumber(0))
    .option('--method <name>', 'a method, or an evaluation as tables call it')
    .option('--keep <setting>', 'a keep fraction such as 0.3, or a threshold such as ">0"')
    .option('--drop-min <x>', 'drop of at least x', decimal)
    .option('--drop-max <x>', 'drop of at most x', decimal)
    .option('--degenerate', 'only samples with a degenerate map')
    .option('--sort <measure>', 'sample or a measure; -drop sorts the largest first')
    .option('--limit <n>', 'how many', wholeNumber(1), 100)
    .option('--offset <n>', 'how many to pass over', wholeNumber(0), 0)
    .option('--format <format>', 'table, json or csv', 'table')
    .action(async (run: string, options: CollectedOptions<'scores'>) =>
      (await import('./commands/query.js')).scores(terminal, run, options),
    );

  withControlOptions(program.command('map'))
    .description('print a sample and its map, or save the map')
    .argument(...runArgument)
    .requiredOption('--sample <index>', 'the sample', wholeNumber(0))
    .option('--method <name>', 'a method, or an evaluation as tables call it')
    .option('--npy <file>', 'write the map as .npy in place of printing it')
    .action(async (run: string, options: CollectedOptions<'map'>) =>
      (await import('./commands/map.js')).map(terminal, run, options),
    );

  withControlOptions(program.command('metrics'))
    .description('how good the models are: accuracy, Table 1, precision, recall, F1, areas under curves, calibration')
    .argument(...runArgument)
    .option('--format <format>', 'table, json, csv, markdown or latex', 'table')
    .action(async (run: string, options: CollectedOptions<'metrics'>) =>
      (await import('./commands/metrics.js')).metrics(terminal, run, options),
    );

  withControlOptions(program.command('report'))
    .description('write one self-contained HTML page: what was run, models, results, samples')
    .argument(...runArgument)
    .option('--out <file>', 'the page; default xaigrid-report-RUN.html; a former report is replaced')
    .action(async (run: string, options: CollectedOptions<'report'>) =>
      (await import('./commands/report.js')).report(terminal, run, options),
    );

  withControlOptions(program.command('figures'))
    .description('write every picture of the report as files, and print their names')
    .argument(...runArgument)
    .argument('[folder]', 'a new or empty folder; default xaigrid-figures-RUN')
    .option('--format <format>', 'svg, png or both', 'both')
    .option('--sample <index>', 'draw this sample in place of those that rules choose; may be repeated', collectWholeNumbers, [])
    .option('--colour-map <name>', 'colours of maps over images: viridis or jet', 'viridis')
    .action(async (run: string, folder: string | undefined, options: CollectedOptions<'figures'>) =>
      (await import('./commands/figures.js')).figures(terminal, run, folder, options),
    );

  withControlOptions(program.command('export'))
    .description('write spec, table, scores, maps and a manifest with hashes')
    .argument(...runArgument)
    .argument('<folder>', 'a new or empty folder')
    .action(async (run: string, folder: string, options: ControlOptions) =>
      (await import('./commands/export.js')).exportRun(terminal, run, folder, options),
    );

  withControlOptions(program.command('gc'))
    .description('remove maps, scores and files that no run refers to')
    .option('--dry-run', 'only count them')
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'gc'>) =>
      (await import('./commands/lifecycle.js')).collectGarbage(terminal, options),
    );

  withControlOptions(program.command('store'))
    .description('keep the embedded Postgres up and print its address, until Ctrl-C')
    .action(async (options: ControlOptions) => (await import('./commands/store.js')).keepStore(terminal, options));

  withControlOptions(program.command('doctor'))
    .description('check Node, engines, threads, disk, Postgres and NATS')
    .option('--json', 'as JSON')
    .action(async (options: CollectedOptions<'doctor'>) => (await import('./commands/doctor.js')).doctor(terminal, options));

  program
    .command('environment')
    .description('list the environment variables that it reads')
    .action(async () => (await import('./commands/environment.js')).environment(terminal));

  program
    .command('schema')
    .description('print the JSON Schema of specs, for editors')
    .action(async () => (await import('./commands/spec.js')).schema(terminal));

  program
    .command('completion')
    .description('print a completion script for your shell')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => {
      const { completionScript, shells } = await import('./completion.js');
      const known = shells.find((name) => name === shell);
      if (known === undefined) throw new XaigridError('USAGE', `completion ${shell}: expected one of ${shells.join(', ')}.`);
      terminal.data(completionScript(program, known));
    });

  return program;
}
