import { writeFile } from 'node:fs/promises';
import { catalogue, registries } from '@xaigrid/planning';
import { createProgram } from './program.js';
import { referencePage } from './reference.js';
import { createTerminal } from './terminal.js';

/** The page as it should be; `node dist/write-reference.js FILE` writes it. */
export function currentReference(): string {
  return referencePage({ program: createProgram(createTerminal()), registries, catalogue: catalogue() });
}

const [, script, file] = process.argv;
if (script?.endsWith('write-reference.js') === true && file !== undefined) await writeFile(file, currentReference());
