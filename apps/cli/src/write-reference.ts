import { writeFile } from 'node:fs/promises';
import { explainers } from '@xaigrid/explainers';
import { metrics } from '@xaigrid/metrics';
import { registries } from '@xaigrid/orchestrator';
import { createProgram } from './program.js';
import { referencePage } from './reference.js';
import { createTerminal } from './terminal.js';

/** The page as it should be; `node dist/write-reference.js FILE` writes it. */
export function currentReference(): string {
  const summaries = Object.fromEntries([
    ...explainers.map(({ method, summary }) => [method, summary] as const),
    ...metrics.map(({ metric, summary }) => [metric, summary] as const),
  ]);
  return referencePage({ program: createProgram(createTerminal()), registries, summaries });
}

const [, script, file] = process.argv;
if (script?.endsWith('write-reference.js') === true && file !== undefined) await writeFile(file, currentReference());
