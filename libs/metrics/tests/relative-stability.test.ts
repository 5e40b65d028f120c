import { noLogits } from '@xaigrid/engine';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metric, type MapsWanted } from '../src/index.js';
import {
  classList,
  goldenOf,
  gradientTimesInput,
  inputs,
  predictedClass,
  redrawnRequest,
  SAMPLES,
  valuesOf,
} from './redrawn-request.js';
import { softmaxEngine } from './softmax-engine.js';

const names = ['relativeInputStability', 'relativeOutputStability', 'relativeRepresentationStability'] as const;
type Measure = (typeof names)[number];
const metricOf = (measure: Measure) => metric(measure.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));

const { predict, engine: plain } = softmaxEngine([3, 5, 2], 3);
const squaresOf = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map((value) => value * value) });
/** Two layers, the squares of the values and the logits, as tests/parity/quantus/relative_stability.py has them. */
const engine = {
  activations: (x: Tensor, layers: readonly string[]) =>
    Promise.resolve(layers.map((name) => (name === 'squares' ? squaresOf(x) : predict(x, 'logit')))),
  model: {
    ...plain.model,
    layers: ['squares', 'logits'].map((name) => ({
      name,
      kind: 'Layer',
      shape: name === 'squares' ? [3, 5, 2] : [3],
      parameters: 0,
    })),
  },
};
const settingsFor = (measure: Measure, params: object, model = engine.model) => {
  const scorer = metricOf(measure);
  return scorer.settings(scorer.params.parse(params), model);
};
const requestOf = (options: Parameters<typeof redrawnRequest>[0]) => redrawnRequest({ engine, ...options });
const only = <Value>(values: ArrayLike<Value> | undefined, sample: number): Value => {
  const value = values?.[sample];
  if (value === undefined) throw new TypeError(`There is no value ${sample}.`);
  return value;
};

/** Σ of squares of relative changes, of values that are not 0. */
const relative = (before: ArrayLike<number>, after: ArrayLike<number>): number =>
  Math.hypot(...Array.from(before, (value, at) => (value === 0 ? 0 : (value - (after[at] ?? NaN)) / value)));

/** The largest ratio over the draws that keep the class, as the formulas are written. */
function byFormula(measure: Measure, wanted: readonly MapsWanted[], sample: number): number {
  const explained = only(classList, sample);
  const x = Float32Array.from(valuesOf(inputs, sample));
  const mapOf = (values: Float32Array): Float32Array => Float32Array.from(gradientTimesInput(values, explained));
  const logitsOf = (values: Float32Array): number[] => [...predict(tensorOf(Float32Array.from(values), [1, 30]), 'logit').data];
  const layersOf = (values: Float32Array): number[] => [...values.map((value) => value * value), ...logitsOf(values)];
  const ratios = wanted.flatMap(({ inputs: moved }) => {
    const again = Float32Array.from(valuesOf(moved, sample));
    if (predictedClass(again) !== predictedClass(x)) return [];
    const size = {
      relativeInputStability: relative(x, again),
      relativeOutputStability: Math.hypot(...logitsOf(x).map((value, at) => value - only(logitsOf(again), at))),
      relativeRepresentationStability: relative(layersOf(x), layersOf(again)),
    }[measure];
    return [relative(mapOf(x), mapOf(again)) / Math.max(size, 1e-6)];
  });
  return Math.max(0, ...ratios);
}

describe.each(names)('%s', (measure) => {
  const scorer = metricOf(measure);

  it('has the defaults of each definition', () => {
    const more = {
      relativeInputStability: {},
      relativeOutputStability: {},
      relativeRepresentationStability: { layers: 'all' },
    }[measure];
    expect(settingsFor(measure, { definition: ['paper', 'quantus'] })).toEqual([
      { noise: 0.05, perturbations: 50, ...more },
      { definition: 'quantus', noise: 0.2, perturbations: 200, ...more },
    ]);
  });

  it('is the largest ratio over the draws that keep the predicted class, and says how many do not', async () => {
    const wanted: MapsWanted[] = [];
    const settings = settingsFor(measure, { noise: 0.4, perturbations: 40 });
    const { measures } = await scorer.score(requestOf({ settings, wanted }));
    expect([...(measures.leftOutDraws ?? [])].some((share) => share > 0 && share < 1)).toBe(true);
    for (let sample = 0; sample < SAMPLES; sample++) {
      // All in double precision, from the same float32 maps, samples and outputs.
      expect(only(measures[measure], sample) / byFormula(measure, wanted, sample)).toBeCloseTo(1, 12);
      const changed = wanted.filter(
        ({ inputs: moved }) => predictedClass(valuesOf(moved, sample)) !== predictedClass(valuesOf(inputs, sample)),
      );
      expect(measures.leftOutDraws?.[sample]).toBe(changed.length / 40);
    }
    // Of 15 positions with two channels, two have a 0; the map is a multiple of the sample's values.
    expect([...(measures.zeroValues ?? [])]).toEqual([2 / 30, 2 / 30, 2 / 30, 2 / 30]);
  });

  it('is what Quantus gives for the same noise, where no draw changes the class', async () => {
    const kept = z.array(z.number().nullable());
    const golden = goldenOf('relative_stability.json', {
      ...{ perturbations: z.int(), scores: z.record(z.string(), z.record(z.string(), kept)) },
    });
    let compared = 0;
    for (const [noise, scores] of Object.entries(golden.scores)) {
      const settings = [
        { ...settingsFor(measure, { definition: 'quantus' })[0], noise: Number(noise), perturbations: golden.perturbations },
      ];
      const { measures } = await scorer.score(requestOf({ settings }));
      for (const [sample, value] of (scores[measure] ?? []).entries()) {
        if (value === null) expect(measures.leftOutDraws?.[sample]).toBeGreaterThan(0);
        else {
          compared++;
          expect(measures.leftOutDraws?.[sample]).toBe(0);
          // Both in double precision from the same float32 values; a 0 is divided by 1e-6, and rounding with it.
          expect(only(measures[measure], sample) / value).toBeCloseTo(1, 14);
        }
      }
    }
    expect(compared).toBeGreaterThan(3);
  });

  it('says that no draw counts where each changes the class', async () => {
    const turns = { relativeInputStability: 0, relativeOutputStability: 1, relativeRepresentationStability: 0 };
    let turn = 0;
    const flipping = (): Promise<Tensor> =>
      Promise.resolve(tensorOf(turn++ < turns[measure] ? Float32Array.of(1, 0, 0) : Float32Array.of(0, 1, 0), [1, 3]));
    const settings = settingsFor(measure, { perturbations: 3 });
    const request = requestOf({ settings, rows: [0], engine: { ...engine, predict: flipping } });
    const { measures } = await scorer.score({ ...request, predictions: tensorOf(Float32Array.of(1, 0, 0), [1, 3]) });
    expect([measures[measure]?.[0], measures.leftOutDraws?.[0], measures.noDraws?.[0]]).toEqual([0, 1, 1]);
  });

  it('depends on no cut of the work, and not on the settings that are scored beside', async () => {
    const settings = settingsFor(measure, { definition: ['paper', 'quantus'], noise: [0.3, 0.8], perturbations: 4 });
    const together = await scorer.score(requestOf({ settings }));
    for (const [s, setting] of settings.entries()) {
      for (let row = 0; row < SAMPLES; row++) {
        const alone = await scorer.score(requestOf({ settings: [setting], rows: [row] }));
        for (const { name } of scorer.measures)
          expect(alone.measures[name]?.[0]).toBe(together.measures[name]?.[s * SAMPLES + row]);
      }
    }
  });

  it('refuses noise that Quantus’s least leaves no room for, in the plan', () => {
    expect(() => settingsFor(measure, { definition: 'quantus', noise: 0.02 })).toThrow(
      /^noise: 0.02 is not above 0.02, by which Quantus moves each value at least\./,
    );
  });

  it('refuses a map that is not finite, by name', async () => {
    let turn = 0;
    const map = () => [1, turn++ > 5 ? NaN : 2];
    await expect(scorer.score(requestOf({ settings: settingsFor(measure, {}), map }))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 2 has a map') as string,
    });
  });
});

describe('relative input stability', () => {
  const scorer = metricOf('relativeInputStability');
  const flat = tensorOf(
    Float32Array.from({ length: 30 }, (_, at) => 1 + at / 64),
    [1, 3, 5, 2],
  );

  it('is 1 of a map that is its sample, whatever its scale', async () => {
    const settings = settingsFor('relativeInputStability', { definition: ['paper', 'quantus'], perturbations: 5 });
    const map = (x: Float32Array): number[] => Array.from(x, (value) => 8 * value);
    const { measures } = await scorer.score(requestOf({ settings, given: flat, map }));
    expect([...(measures.relativeInputStability ?? [])]).toEqual([1, 1]);
  });

  it('is not moved by a value of 0, which takes that of Quantus down by its 1e-6', async () => {
    const settings = settingsFor('relativeInputStability', { definition: ['paper', 'quantus'], perturbations: 5 });
    const given = { shape: flat.shape, data: flat.data.map((value, at) => (at === 7 ? 0 : value)) };
    const map = (x: Float32Array): number[] => Array.from(x, (value) => value + 1);
    const scoresOf = async (samples: Tensor) =>
      (await scorer.score(requestOf({ settings, given: samples, map }))).measures.relativeInputStability;
    const [whole, holed] = [await scoresOf(flat), await scoresOf(given)];
    // Both have one value less of 30 in the divisor, and differ in that of the map.
    expect(only(holed, 0) / only(whole, 0)).toBeCloseTo(1, 0);
    expect(only(holed, 1) / only(whole, 1)).toBeLessThan(1e-4);
  });
});

describe('relative output stability', () => {
  it('fails a sample by name where an output is not finite', async () => {
    const outputs = () => Promise.resolve(tensorOf(Float32Array.of(2, 1, NaN), [1, 3]));
    const settings = settingsFor('relativeOutputStability', { perturbations: 1 });
    const request = requestOf({ settings, rows: [2], engine: { ...engine, predict: outputs } });
    await expect(metricOf('relativeOutputStability').score(request)).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 2 has no score') as string,
    });
  });
});

describe('what the relative stabilities ask of a model', () => {
  it('is logits, unless probabilities are asked for', () => {
    const without = { ...engine.model, logits: false };
    expect(() => settingsFor('relativeOutputStability', {}, without)).toThrow(noLogits('logit').message);
    expect(settingsFor('relativeOutputStability', { target: 'probability' }, without)).toHaveLength(1);
  });

  it('is layers that it has', () => {
    expect(() => settingsFor('relativeRepresentationStability', { layers: ['squarse'] })).toThrow(/"squarse".*squares/s);
  });
});
