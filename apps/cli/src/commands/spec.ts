import { access, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { makeFolder, samplesInWords, specJsonSchema, XaigridError } from '@xaigrid/contracts';
import { estimateRun, planRun, registries } from '@xaigrid/planning';
import { defaultThreads } from '@xaigrid/service';
import { counted } from '../counted.js';
import { commandLine } from '../hints.js';
import { printEstimates } from '../estimate/estimate-text.js';
import { fitLines } from '../fit-lines.js';
import { createReadingProgress } from '../progress/reading.js';
import { readChangedSpec, type SpecChanges } from '../read-spec.js';
import { shippedFile } from '../shipped-file.js';
import { starterSpec } from '../starter-spec.js';
import type { Terminal } from '../terminal.js';

/** `xaigrid init [FILE]`: a commented spec to start from, with its JSON Schema beside it for editors. */
export async function init(terminal: Terminal, file: string, options: { readonly force?: boolean }): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists && options.force !== true)
    throw new XaigridError('USAGE', `${file} exists. Choose another name, or --force to replace it.`);
  const folder = dirname(resolve(file));
  const schemaFile = resolve(folder, 'xaigrid.schema.json');
  try {
    await makeFolder(folder);
    await writeFile(schemaFile, `${JSON.stringify(specJsonSchema(registries), undefined, 2)}\n`);
    await writeFile(
      file,
      starterSpec({
        modelPath: relative(folder, shippedFile('models/mnist1d-cnn/model.json')).replaceAll('\\', '/'),
        schemaPath: './xaigrid.schema.json',
      }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('FOLDER_UNWRITABLE', `${file} cannot be written: ${reason}.`, { cause: error });
  }
  terminal.note(`${file} and xaigrid.schema.json are written. Next: ${commandLine({}, 'run', file)}`);
}

export interface ValidateOptions extends SpecChanges {
  readonly threads?: number;
  readonly json?: boolean;
}

/** `xaigrid validate SPEC`: finds every error that can be found before anything is computed, and estimates the run. */
export async function validate(terminal: Terminal, file: string, options: ValidateOptions): Promise<void> {
  const { spec, baseFolder } = await readChangedSpec(file, options);
  const planned = await planRun(spec, { baseFolder, keepChecks: false, onReading: createReadingProgress(terminal, 'auto') });
  const plans = planned.evaluations.map(({ plan }) => plan);
  for (const note of planned.notes) terminal.note(note);
  const estimates = await estimateRun(planned, { threads: options.threads ?? defaultThreads() });
  if (options.json === true) {
    const described = plans.map(({ dataset, model, label, samples, settings }, at) => ({
      ...{ dataset: dataset.name, model: model.name, label, samples, settings: settings.length },
      estimate: estimates.evaluations[at],
    }));
    terminal.data(`${JSON.stringify(described, undefined, 2)}\n`);
    for (const reason of estimates.untimed) terminal.note(reason);
  } else {
    for (const { dataset, model, label, settings, ...taken } of plans) {
      const samples = samplesInWords({ ...taken, datasetSize: dataset.size });
      const line = `${dataset.name} × ${model.name} × ${label}: ${samples}; ${counted(settings.length, 'setting')}\n`;
      terminal.data(fitLines(line, terminal.tables.width));
    }
    printEstimates(terminal, plans, estimates);
  }
  terminal.note(`${file} is valid: ${counted(plans.length, 'evaluation')}.`);
}

/** `xaigrid schema`: the JSON Schema of specs. */
export function schema(terminal: Terminal): void {
  terminal.data(`${JSON.stringify(specJsonSchema(registries), undefined, 2)}\n`);
}
