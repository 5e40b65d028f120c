import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Of, readNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sklearnFile, sklearnGoldens } from '../../libs/graph/tests/reference/sklearn-goldens.js';
import { finish, type Finished } from '../support/processes.js';

const { featureNames, samples, references, cases } = sklearnGoldens;
const forest = cases.find(({ name }) => name === 'forest');

const csv = (rows: readonly (readonly number[])[]) =>
  [[...featureNames, 'wine'], ...rows.map((row, at) => [...row, forest?.explained[at] ?? 0])]
    .map((row) => row.join(','))
    .join('\n');

const spec = (...explainers: readonly object[]) => ({
  name: 'wines',
  limit: { samples: 3, choose: 'first' },
  datasets: { wines: { kind: 'csv', path: 'wines.csv' }, references: { kind: 'csv', path: 'references.csv' } },
  models: { forest: { path: 'forest.onnx' } },
  evaluations: [{ dataset: 'wines', model: 'forest', explainers, metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }] }],
});
const kernel = { method: 'shap-kernel', coalitions: 2 ** featureNames.length, background: { dataset: 'references' } };

let folder: string;
const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', [...args, '--store', 'store'], { folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-sklearn-'));
  await writeFile(join(folder, 'forest.onnx'), sklearnFile('forest-zipmap').bytes);
  await writeFile(join(folder, 'wines.csv'), csv(samples));
  await writeFile(join(folder, 'references.csv'), csv(references));
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec(kernel, { method: 'occlusion' }, { method: 'random' })));
  await writeFile(join(folder, 'gradient.json'), JSON.stringify(spec({ method: 'gradient' })));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a random forest of scikit-learn is explained by what needs no gradient, as shap explains it', async () => {
  const { status, stdout, stderr } = await xaigrid('run', 'spec.json');
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('failed')]);
  for (const method of ['shap-kernel', 'occlusion', 'random']) expect(stdout).toContain(method);
  for (const [sample, wanted] of (forest?.shapley ?? []).entries()) {
    await xaigrid('map', 'latest', '--method', 'shap-kernel', '--sample', String(sample), '--npy', `${String(sample)}.npy`);
    const { data } = float32Of(await readNpy(join(folder, `${String(sample)}.npy`), { name: 'map' }));
    // Votes of five trees in float32; the regression averages their rounding.
    wanted.forEach((phi, feature) => expect(Math.abs((data[feature] ?? NaN) - phi)).toBeLessThan(2e-7));
  }
});

it('what its trees have no gradient for is said before anything is computed', async () => {
  for (const asked of [finish('xaigrid', ['validate', 'gradient.json'], { folder }), xaigrid('run', 'gradient.json')]) {
    const { status, stderr } = await asked;
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/gradient cannot explain model "forest": .*uses TreeEnsembleClassifier, which has no gradient/);
  }
  const { stdout } = await finish('xaigrid', ['inspect', 'forest.onnx'], { folder });
  expect(stdout).toMatch(/^output {6}output_probability: 3 classes, probabilities as the model gives them$/m);
  expect(stdout).toMatch(/^gradients {3}no: there is no rule for TreeEnsembleClassifier \(TreeEnsembleClassifier\)$/m);
  expect(stdout).toMatch(/^check {7}the same as its file by itself \(onnxruntime-node .*\): 3 random samples/m);
});
