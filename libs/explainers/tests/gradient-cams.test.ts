import { describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const FEATURES = 4;

/** A(t, k) and g(t, k) of one sample. */
interface Features {
  readonly a: (t: number, k: number) => number;
  readonly g: (t: number, k: number) => number;
  readonly places: readonly number[];
}
const over = <Value>(keys: readonly Value[], term: (key: Value) => number) => add(keys.map(term));
const channels = [0, 1, 2, 3];
const weighted =
  (weight: (features: Features, k: number) => number) =>
  (features: Features, t: number): number =>
    over(channels, (k) => weight(features, k) * features.a(t, k));

/** The formulas of the papers, before anything is cut off. */
const formulas: Readonly<Record<string, (features: Features, t: number) => number>> = {
  'hires-cam': ({ a, g }, t) => over(channels, (k) => a(t, k) * g(t, k)),
  'layer-cam': ({ a, g }, t) => over(channels, (k) => a(t, k) * Math.max(g(t, k), 0)),
  'grad-cam-plus-plus': weighted(({ a, g, places }, k) =>
    over(places, (p) => {
      const alpha = g(p, k) ** 2 / (2 * g(p, k) ** 2 + over(places, (q) => a(q, k)) * g(p, k) ** 3);
      return alpha * Math.max(g(p, k), 0);
    }),
  ),
  'xgrad-cam': weighted(({ a, g, places }, k) => over(places, (p) => (a(p, k) / over(places, (q) => a(q, k))) * g(p, k))),
};
const cutOff = new Set(['layer-cam', 'grad-cam-plus-plus', 'xgrad-cam']);

const methods = Object.entries(formulas).map(([method, formula]) => ({ method, formula }));

describe.each(methods)('$method', ({ method, formula }) => {
  it.each([{ inputShape: [8, 2] }, { inputShape: [4, 6, 3] }])('is its formula over $inputShape', async ({ inputShape }) => {
    const model = sampleModel(inputShape, 'linear', FEATURES);
    const inputs = sampleInputs(inputShape, 2);
    const engine = closedFormEngine(model);
    const classes = Int32Array.of(0, 2);
    const places = Array.from({ length: model.head.length }, (_, t) => t);
    const depth = inputShape.at(-1) ?? 0;
    for (const relu of [false, true]) {
      const { maps } = await explainOnce(explainer(method), { engine, params: { relu } }, { inputs, classes });
      expect(maps.shape).toEqual([2, ...inputShape.slice(0, -1)]);
      for (const [sample, c] of classes.entries()) {
        const x = mapOf(inputs, sample);
        // As the engine gives them: in float32.
        const a = (t: number, k: number) =>
          Math.fround(add(Array.from({ length: depth }, (_, i) => (x[depth * t + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN))));
        const g = (t: number, k: number) => Math.fround(model.head[t]?.[k]?.[c] ?? NaN);
        const wanted = places.map((t) => formula({ a, g, places }, t)).map((value) => (relu ? Math.max(value, 0) : value));
        const scale = Math.max(...wanted.map(Math.abs));
        expect(scale).toBeGreaterThan(0.01);
        // Computed in float64 and rounded to float32 once.
        expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-7 * scale);
      }
    }
  });

  it('is cut off below 0 where its paper does so', async () => {
    const engine = closedFormEngine(sampleModel([8, 2], 'linear', FEATURES));
    const request = { inputs: sampleInputs([8, 2], 2), classes: Int32Array.of(0, 2) };
    const { maps } = await explainOnce(explainer(method), { engine }, request);
    const { maps: signed } = await explainOnce(explainer(method), { engine, params: { relu: false } }, request);
    expect(Math.min(...signed.data)).toBeLessThan(0);
    expect([...maps.data]).toEqual([...signed.data].map((value) => (cutOff.has(method) ? Math.max(value, 0) : value)));
  });

  it('is of the last convolution unless a layer is named, and refuses one without positions', () => {
    const { model } = closedFormEngine(sampleModel([8, 2]));
    const found = explainer(method);
    expect(found.plannedParams(found.params.parse({}), model)).toMatchObject({ layer: 'features' });
    const validate = (params: object, layers: typeof model.layers) => () => {
      found.validate(found.params.parse(params), { ...model, layers });
    };
    expect(validate({ layer: 'head' }, model.layers)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    expect(validate({}, [])).toThrow(expect.objectContaining({ code: 'LAYER_NOT_FOUND' }));
  });
});

it('HiResCAM of a linear head adds up to the logit', async () => {
  const engine = closedFormEngine(sampleModel([4, 6, 3], 'linear', FEATURES));
  const inputs = sampleInputs([4, 6, 3], 2);
  const { maps } = await explainOnce(explainer('hires-cam'), { engine }, { inputs, classes: Int32Array.of(1, 1) });
  const { data: logits } = await engine.predict(inputs);
  // 24 places of float32.
  for (const sample of [0, 1]) expect(add(mapOf(maps, sample))).toBeCloseTo(logits[3 * sample + 1] ?? NaN, 5);
});

it('a feature map that is 0 everywhere has no weight, and no gradient gives no map', async () => {
  const { mix, ...model } = sampleModel([8, 2], 'linear', FEATURES);
  const dead = closedFormEngine({ ...model, mix: mix.map((of) => of.map((value, k) => (k === 1 ? 0 : value))) });
  const request = { inputs: sampleInputs([8, 2], 1), classes: Int32Array.of(0) };
  const { maps } = await explainOnce(explainer('xgrad-cam'), { engine: dead }, request);
  expect(Math.max(...maps.data)).toBeGreaterThan(0.01);
  const flat = closedFormEngine({ ...model, mix, head: model.head.map((of) => of.map(() => [0, 0, 0])) });
  for (const { method } of methods) {
    const found = await explainOnce(explainer(method), { engine: flat }, request);
    expect(found.degenerate).toEqual([true]);
    expect([...found.maps.data].every((value) => value === 0)).toBe(true);
  }
});
