import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { describe, expect, it } from 'vitest';
import { sklearnFile, sklearnGoldens } from '../../graph/tests/reference/sklearn-goldens.js';
import { shapKernel } from '../src/shap-kernel.js';
import { backgroundOf, explainOnce, largestDifference, mapOf } from './sample-model.js';
import { shapleyValues } from './shapley-values.js';

const FEATURES = 13;
const { samples, references, cases } = sklearnGoldens;
const explained = cases.filter(({ shapley }) => shapley !== undefined);
const tensorOf = (rows: readonly (readonly number[])[]) => ({
  shape: [rows.length, FEATURES],
  data: Float32Array.from(rows.flat()),
});

async function withEngine<Result>(name: string, use: (engine: Engine) => Promise<Result>): Promise<Result> {
  const model = await readModel({ files: [sklearnFile(name)], name });
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

const mapsOf = (engine: Engine, inputs: readonly (readonly number[])[], classes: readonly number[]) =>
  explainOnce(
    shapKernel,
    { engine, params: { coalitions: 2 ** FEATURES }, background: backgroundOf(tensorOf(references)) },
    { inputs: tensorOf(inputs), classes: Int32Array.from(classes) },
  );

describe.each(explained)('Kernel SHAP of scikit-learn’s $name, all coalitions', ({ name, shapley = [], explained: classes }) => {
  it('is what shap’s KernelExplainer gives', async () => {
    const inputs = samples.slice(0, shapley.length);
    const { maps } = await withEngine(name, (engine) => mapsOf(engine, inputs, classes.slice(0, inputs.length)));
    // Probabilities of float32 against those of float64; the regression averages their rounding.
    for (const [sample, wanted] of shapley.entries()) expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-7);
  });
});

it('Kernel SHAP of a forest, all coalitions, gives the Shapley values by their definition', async () => {
  const [golden] = explained.filter(({ name }) => name === 'forest');
  const [sample = [], label = 0] = [samples[0], golden?.explained[0]];
  await withEngine('forest', async (engine) => {
    const { maps } = await mapsOf(engine, [sample], [label]);
    const phi = await shapleyValues(engine, sample, references, label, (value) => value, FEATURES);
    expect(largestDifference(mapOf(maps, 0), phi)).toBeLessThan(1e-7);
  });
});
