import { afterAll, describe, expect, it } from 'vitest';
import { absoluteError, relativeError } from './comparison.js';
import { expectedGradientsByFormula, outputsAboveByFormula, sumsByFormula } from './formulas.js';
import { outputsAbove, sumsOfFeatureMaps } from './mask-requests.js';
import { type KerasModel, kerasModels, volume } from './models/keras-models.js';
import { uniform } from './models/random.js';
import { pick, roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor, engineKinds } from './models/test-engines.js';

afterAll(closeEngines);

const cases = [
  ...kerasModels.flatMap((model) => engineKinds.map((kind) => ({ kind, model, name: model.name }))),
  { kind: 'onnxruntime' as const, model: volume, name: volume.name },
];

describe.each(cases)('$kind on $name', ({ kind, model }) => {
  it('sums weighted masks as the formula says, for rows that are any subset of maps', async () => {
    const engine = await engineFor(kind, model);
    const inputs = samplesFor(model, 5, 1);
    const classes = roundRobin(5, engine.model.classes);
    for (const layer of model.probes) {
      const [activations] = await engine.activations(inputs, [layer]);
      if (activations === undefined) throw new Error('no activations');
      // Sample 2 has no row: its sum is zero.
      const rows = rowsOf([0, 0, 0, 1, 3, 3, 4], activations.shape.at(-1) ?? 1);
      const request = { inputs, classes, activations, rows };
      const found = await sumsOfFeatureMaps(engine, request);
      const expected = await sumsByFormula(engine, request);
      expect(found.sums.shape).toEqual(inputs.shape.slice(0, -1));
      // The masks are float32 and the formula's float64: an ulp or two of a mask, passed through the model.
      expect(absoluteError(found.weights, expected.weights)).toBeLessThan(2e-6);
      expect(relativeError(found.sums.data, expected.sums)).toBeLessThan(5e-6);
      const size = found.sums.data.length / 5;
      expect([...found.sums.data.subarray(2 * size, 3 * size)].every((value) => value === 0)).toBe(true);
    }
  });

  it.each([
    { maps: 'positions', baseline: 'one' },
    { maps: 'values', baseline: 'one' },
    { maps: 'positions', baseline: 'per sample' },
  ])('predicts masked samples as masking by hand does (maps over $maps, $baseline baseline)', async ({ maps, baseline }) => {
    const engine = await engineFor(kind, model);
    const inputs = samplesFor(model, 7, 1);
    const withChannels = samplesFor(model, 7, 4);
    const request = {
      inputs,
      maps: maps === 'values' ? withChannels : firstChannel(withChannels),
      rows: {
        sample: Int32Array.from({ length: 150 }, (_, row) => (row * 3) % 7),
        // Below all values, above all, and between; equal to a value, which then is not kept.
        threshold: Float32Array.from({ length: 150 }, (_, row) => [-99, 99, 0, 0.5, withChannels.data[0] ?? 0][row % 5] ?? 0),
      },
      baseline: baseline === 'one' ? { shape: model.inputShape, data: samplesFor(model, 1, 5).data } : samplesFor(model, 7, 5),
    };
    const found = await outputsAbove(engine, request);
    const expected = await outputsAboveByFormula(engine, request);
    expect(found.shape).toEqual([150, engine.model.classes]);
    // The same values go into the same model: equal up to what another graph around it does to the last bits.
    expect(absoluteError(found.data, expected.data)).toBeLessThan(5e-7);
  });

  it.each([
    { draws: 1, weighted: false },
    { draws: 3, weighted: false },
    { draws: 70, weighted: false },
    { draws: 5, weighted: true },
  ])('averages gradients over $draws draws (weighted: $weighted)', async ({ draws, weighted }) => {
    const engine = await engineFor(kind, model);
    const references = samplesFor(model, 9, 2);
    const draw = uniform(5);
    const request = {
      inputs: samplesFor(model, 4, 1),
      classes: roundRobin(4, engine.model.classes),
      draws,
      references: Int32Array.from({ length: 4 * draws }, () => Math.floor(9 * draw())),
      fractions: Float32Array.from({ length: 4 * draws }, draw),
      ...(weighted ? { weights: Float32Array.from({ length: 4 * draws }, draw) } : {}),
    };
    const attributions = await engine.expectedGradients(references);
    const found = await attributions.attribute(request);
    const expected = await expectedGradientsByFormula(engine, references, request);
    expect(relativeError(found.attributions.data, expected.means)).toBeLessThan(1e-5);
    // The variance from Σy and Σy² in float32 loses digits to the subtraction.
    if (draws > 1) expect(relativeError(found.standardErrors.data, expected.errors)).toBeLessThan(1e-3);
    else expect([...found.standardErrors.data].every(Number.isNaN)).toBe(true);
    await attributions.close();
  });

  it('attributes by DeepLIFT all of the difference between p(x) and the mean of p(r)', async () => {
    const engine = await engineFor(kind, model);
    const [inputs, references] = [samplesFor(model, 5, 1), samplesFor(model, 33, 2)];
    const classes = roundRobin(5, engine.model.classes);
    const deepLift = await engine.deepLift(references);
    const { attributions, outputs, expected } = await deepLift.attribute({ inputs, classes });
    const [probabilities, ofReferences] = [await engine.predict(inputs), await engine.predict(references)];
    const size = attributions.data.length / 5;
    for (const [sample, index] of classes.entries()) {
      const mean =
        Array.from({ length: 33 }, (_, r) => ofReferences.data[r * engine.model.classes + index] ?? 0).reduce((a, b) => a + b) /
        33;
      expect(outputs[sample]).toBeCloseTo(probabilities.data[sample * engine.model.classes + index] ?? 0, 6);
      expect(expected[sample]).toBeCloseTo(mean, 6);
      const sum = attributions.data.subarray(sample * size, (sample + 1) * size).reduce((a, b) => a + b, 0);
      // Hundreds of float32 terms that cancel.
      expect(Math.abs(sum - ((outputs[sample] ?? 0) - (expected[sample] ?? 0)))).toBeLessThan(2e-5);
    }
    await deepLift.close();
  });

  it('gives a sample the same bits whatever it is computed with', async () => {
    await expectSameBits(await engineFor(kind, model), model);
  });
});

type TestEngine = Awaited<ReturnType<typeof engineFor>>;

/** Computes 150 samples at once, and three of them alone in another order. */
async function expectSameBits(engine: TestEngine, model: KerasModel): Promise<void> {
  const all = samplesFor(model, 150, 1);
  const classes = roundRobin(150, engine.model.classes);
  const few = [149, 3, 77];
  const some = pick(all, few);
  const someClasses = Int32Array.from(few, (index) => classes[index] ?? 0);
  expect((await engine.predict(some)).data).toEqual(pick(await engine.predict(all), few).data);

  const [whole, part] = [
    await engine.gradient({ inputs: all, classes, wrt: model.probes }),
    await engine.gradient({ inputs: some, classes: someClasses, wrt: model.probes }),
  ];
  const [wholeMeans, partMeans] = [
    await engine.gradient({ inputs: all, classes, wrt: model.probes, reduce: 'positions' }),
    await engine.gradient({ inputs: some, classes: someClasses, wrt: model.probes, reduce: 'positions' }),
  ];
  for (const [i, { gradient }] of partMeans.entries())
    expect(gradient.data).toEqual(pick(wholeMeans[i]?.gradient ?? some, few).data);
  for (const [i, { gradient }] of part.entries()) expect(gradient.data).toEqual(pick(whole[i]?.gradient ?? some, few).data);

  const [activations, others] = [whole[0]?.activations ?? all, part[0]?.activations ?? some];
  const channels = activations.shape.at(-1) ?? 1;
  const sums = await sumsOfFeatureMaps(engine, { inputs: all, classes, activations, rows: rowsOf(twiceEach(150), channels) });
  const fewSums = await sumsOfFeatureMaps(engine, {
    inputs: some,
    classes: someClasses,
    activations: others,
    rows: rowsOf(twiceEach(3), channels),
  });
  // Rows of sample s are channels 0 and 1 in both.
  expect(fewSums.sums.data).toEqual(pick(sums.sums, few).data);

  const references = samplesFor(model, 20, 2);
  const deepLift = await engine.deepLift(references);
  const small = [5, 0];
  const first = pick(all, [0, 1, 2, 3, 4, 5]);
  const six = await deepLift.attribute({ inputs: first, classes: classes.slice(0, 6) });
  const two = await deepLift.attribute({
    inputs: pick(first, small),
    classes: Int32Array.from(small, (index) => classes[index] ?? 0),
  });
  expect(two.attributions.data).toEqual(pick(six.attributions, small).data);
  await deepLift.close();

  const expected = await engine.expectedGradients(references);
  const draws = { draws: 3, references: Int32Array.of(1, 2, 3), fractions: Float32Array.of(0.1, 0.4, 0.8) };
  const repeated = {
    draws: 3,
    references: Int32Array.from({ length: 18 }, (_, i) => 1 + (i % 3)),
    fractions: Float32Array.from({ length: 18 }, (_, i) => draws.fractions[i % 3] ?? 0),
  };
  const sixDrawn = await expected.attribute({ inputs: first, classes: classes.slice(0, 6), ...repeated });
  const oneDrawn = await expected.attribute({ inputs: pick(first, [4]), classes: classes.slice(4, 5), ...draws });
  expect(oneDrawn.attributions.data).toEqual(pick(sixDrawn.attributions, [4]).data);
  await expected.close();
}

function twiceEach(samples: number): number[] {
  return Array.from({ length: 2 * samples }, (_, row) => Math.floor(row / 2));
}

/** Rows for the given samples, each with channels 0, 1, … */
function rowsOf(sample: readonly number[], channels: number) {
  const channel = sample.map((index, row) => (row - sample.indexOf(index)) % channels);
  return { sample: Int32Array.from(sample), channel: Int32Array.from(channel) };
}

function firstChannel(maps: ReturnType<typeof samplesFor>) {
  const channels = maps.shape.at(-1) ?? 1;
  return { shape: maps.shape.slice(0, -1), data: maps.data.filter((_, index) => index % channels === 0) };
}
