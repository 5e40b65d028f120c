import { access, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder, samplesInWords, specJsonSchema, XaigridError } from '@xaigrid/contracts';
import { planRun, registries } from '@xaigrid/orchestrator';
import { readSpec } from '../read-spec.js';
import { starterSpec } from '../starter-spec.js';
import type { Terminal } from '../terminal.js';

/** The demo model that comes with xaigrid. */
const demoModel = fileURLToPath(new URL('../../../../models/mnist1d-cnn/model.json', import.meta.url));

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
      starterSpec({ modelPath: relative(folder, demoModel).replaceAll('\\', '/'), schemaPath: './xaigrid.schema.json' }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('FOLDER_UNWRITABLE', `${file} cannot be written: ${reason}.`, { cause: error });
  }
  terminal.note(`${file} and xaigrid.schema.json are written. Next: xaigrid run ${file}`);
}

/** `xaigrid validate SPEC`: everything that can be wrong before anything is computed. */
export async function validate(terminal: Terminal, file: string, options: { readonly set: readonly string[] }): Promise<void> {
  const { spec, baseFolder } = await readSpec(file, options.set);
  const { evaluations, notes } = await planRun(spec, { baseFolder });
  for (const note of notes) terminal.note(note);
  for (const { plan } of evaluations) {
    terminal.data(
      `${plan.dataset.name} × ${plan.model.name} × ${plan.label}: ${samplesInWords({ ...plan, datasetSize: plan.dataset.size })}; ${plan.settings.length} settings\n`,
    );
  }
  terminal.note(`${file} is valid: ${evaluations.length} evaluations.`);
}

/** `xaigrid schema`: the JSON Schema of specs. */
export function schema(terminal: Terminal): void {
  terminal.data(`${JSON.stringify(specJsonSchema(registries), undefined, 2)}\n`);
}
