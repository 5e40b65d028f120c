import { fileURLToPath } from 'node:url';
import { parseSpec } from '@xaigrid/contracts';
import { planRun, type PlannedRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

const baseFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** Plans evaluations of the demo's model of digits on a hundred of them; each is given as the YAML of its explainers and metrics. */
export function planDigits(...evaluations: readonly string[]): Promise<PlannedRun> {
  const text = `
name: digits
datasets: { digits: { kind: mnist1d, samplesPerClass: 10 } }
models: { cnn: { path: models/mnist1d-cnn/model.json } }
evaluations:
${evaluations.map((evaluation) => `  - dataset: digits\n    model: cnn\n    ${evaluation}`).join('\n')}
`;
  return planRun(parseSpec({ text, source: 'digits.yaml', registries, environment: {} }), { baseFolder });
}
