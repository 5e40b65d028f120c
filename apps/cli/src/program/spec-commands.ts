import type { Command } from 'commander';
import type { CollectedOptions } from '../options.js';
import type { Terminal } from '../terminal.js';
import { withExamples } from './examples.js';
import { withComputeOptions, withPagerOption, withSetOption } from './shared-options.js';

/** What comes before a run: specs, models, data sets. */
export function addSpecCommands(program: Command, terminal: Terminal): void {
  withExamples(program.command('init'), 'xaigrid init', 'xaigrid init study/xaigrid.yaml')
    .description('write a commented spec to start from')
    .argument('[file]', 'the spec to write', 'xaigrid.yaml')
    .option('--force', 'replace the file')
    .action(async (file: string, options: { force?: boolean }) =>
      (await import('../commands/spec.js')).init(terminal, file, options),
    );

  withExamples(
    withComputeOptions(withSetOption(program.command('validate'))),
    'xaigrid validate xaigrid.yaml',
    'xaigrid validate xaigrid.yaml --limit 50',
    'xaigrid validate xaigrid.yaml --json',
  )
    .description('check a spec and its files, and estimate the cost on this machine')
    .argument('<spec>', 'spec file, or - for standard input')
    .option('--json', 'as JSON')
    .action(async (file: string, options: CollectedOptions<'validate'>) =>
      (await import('../commands/spec.js')).validate(terminal, file, options),
    );

  withExamples(
    program.command('inspect'),
    'xaigrid inspect models/mnist1d-cnn/model.json',
    'xaigrid inspect models/texture-patches-vgg --json',
  )
    .description('print the layers of a model, their cost, which ones SISE explains, and what is unsupported')
    .argument('<model>', 'Keras .keras or .h5, TF.js model.json or its folder, or .onnx')
    .option('--input-shape <shape>', 'size of a sample if the file leaves it open, channels last: 224x224x3')
    .option('--layout <layout>', 'channels of the input of an ONNX file: auto, channels-first, channels-last; default auto')
    .option('--output <name>', 'which of several outputs, by name; or what it gives: logits or probabilities')
    .option('--multi-label', 'a sample may have several classes: each logit gets a Sigmoid')
    .option('--json', 'as JSON')
    .action(async (file: string, options: CollectedOptions<'inspect'>) =>
      (await import('../commands/inspect.js')).inspect(terminal, file, options),
    );

  const datasets = program.command('datasets').description('list kinds of data sets, and download published data sets');
  withExamples(datasets.command('list'), 'xaigrid datasets list', 'xaigrid datasets list --json')
    .description('list the kinds of data sets with their parameters, and the published data sets')
    .option('--json', 'as JSON, parameters as JSON Schema')
    .action(async (options: { json?: boolean }) => (await import('../commands/datasets.js')).listDatasets(terminal, options));
  withExamples(datasets.command('fetch'), 'xaigrid datasets fetch hmt', 'xaigrid datasets fetch hmt --to data/hmt')
    .description('download a published data set and make it a folder for the kind image-folder')
    .argument('<name>', 'hmt')
    .option('--to <folder>', 'the new folder; default its name')
    .option('--url <url>', 'another place of the same file')
    .action(async (name: string, options: { to?: string; url?: string }) =>
      (await import('../commands/datasets.js')).fetchPublished(terminal, name, options),
    );

  withExamples(
    withPagerOption(program.command('catalog')),
    'xaigrid catalog',
    'xaigrid catalog metrics',
    'xaigrid catalog sise',
    'xaigrid catalog methods --json',
  )
    .description('list methods, metrics and kinds of data sets, or describe one with its parameters')
    .argument('[what]', 'methods, metrics, datasets, or the name of one; default all')
    .option('--json', 'as JSON, parameters as JSON Schema')
    .action(async (what: string | undefined, options: CollectedOptions<'catalog'>) =>
      (await import('../commands/catalog.js')).catalog(terminal, what, options),
    );

  withExamples(program.command('schema'), 'xaigrid schema')
    .description('print the JSON Schema of specs, for editors')
    .action(async () => (await import('../commands/spec.js')).schema(terminal));
}
