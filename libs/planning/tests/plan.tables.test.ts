import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sklearnFile, sklearnGoldens } from '../../graph/tests/reference/sklearn-goldens.js';
import { planRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

const { featureNames, samples, cases } = sklearnGoldens;
/** As the data set calls them: converters write no blanks. */
const columns = featureNames.map((name) => name.replaceAll('_', ' '));
const labels = cases[0]?.explained ?? [];

let folder = '';

function csv(order: readonly number[], header: boolean): string {
  const rows = samples.map((sample, row) => [...order.map((feature) => sample[feature]), labels[row]].join(','));
  return [...(header ? [[...order.map((feature) => columns[feature]), 'wine'].join(',')] : []), ...rows].join('\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-plan-tables-'));
  const order = [...columns.keys()];
  await writeFile(join(folder, 'wines.csv'), csv(order, true));
  await writeFile(join(folder, 'turned.csv'), csv(order.toReversed(), true));
  await writeFile(join(folder, 'nameless.csv'), csv(order, false));
  for (const name of ['forest', 'neighbours', 'logistic', 'logistic-columns'])
    await writeFile(join(folder, `${name}.onnx`), sklearnFile(name).bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function plan({ model, explainer = { method: 'occlusion' }, ...csv }: { model: string; explainer?: object; path: string }) {
  const spec = {
    name: 'tables',
    datasets: { d: { kind: 'csv', ...csv } },
    models: { m: { path: `${model}.onnx` } },
    evaluations: [
      { dataset: 'd', model: 'm', explainers: [explainer], metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }] },
    ],
  };
  return planRun(parseSpec({ text: JSON.stringify(spec), source: 'spec', registries, environment: {} }), { baseFolder: folder });
}

const featureNamesOf = async (wanted: Parameters<typeof plan>[0]) =>
  (await plan(wanted)).evaluations[0]?.plan.dataset.featureNames;

describe('a method that needs gradients', () => {
  it.each([
    [
      'forest',
      { method: 'gradient' },
      /: gradient cannot explain model "m": .* uses TreeEnsembleClassifier, which has no gradient/,
    ],
    ['forest', { method: 'integrated-gradients' }, /TreeEnsembleClassifier, which has no gradient/],
    [
      'logistic',
      { method: 'guided-backpropagation' },
      /: guided-backpropagation cannot explain model "m": The model has no ReLU between its input and its output/,
    ],
    ['neighbours', { method: 'gradient' }, /changes only in steps, and its gradient is 0 everywhere/],
    [
      'forest',
      { method: 'shap-deep', background: { dataset: 'd' } },
      /: shap-deep cannot explain model "m": .* uses TreeEnsembleClassifier, which has no DeepLIFT rule/,
    ],
  ])('is refused by the plan where a model of scikit-learn has none: %s, %j', async (model, explainer, message) => {
    await expect(plan({ model, explainer, path: 'wines.csv' })).rejects.toMatchObject({
      code: 'OPERATION_UNSUPPORTED',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each(['gradient', 'integrated-gradients', 'smooth-grad'])('is planned where it has them: %s', async (method) => {
    expect((await plan({ model: 'logistic', explainer: { method }, path: 'wines.csv' })).evaluations).toHaveLength(1);
  });
});

describe('the names of features', () => {
  it('are the data set’s, or else the model’s', async () => {
    expect(await featureNamesOf({ model: 'logistic-columns', path: 'wines.csv' })).toEqual(columns);
    const nameless = { path: 'nameless.csv', header: false, label: 13 };
    expect(await featureNamesOf({ model: 'logistic-columns', ...nameless })).toEqual(featureNames);
    expect(await featureNamesOf({ model: 'logistic', ...nameless })).toBeUndefined();
  });

  it('are compared: those of the model in another order are refused with the order to write', async () => {
    const turned = plan({ model: 'logistic-columns', path: 'turned.csv' });
    await expect(turned).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: `Data set "d" has the features of model "m" in another order. Write in the data set: columns: [${columns.map((name) => JSON.stringify(name)).join(', ')}].`,
    });
    expect(await featureNamesOf({ model: 'logistic-columns', path: 'turned.csv', ...{ columns } })).toEqual(columns);
  });
});
