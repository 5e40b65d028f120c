import { describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const model = sampleModel([8, 2], 'linear');
const engine = closedFormEngine(model);
const inputs = sampleInputs([8, 2], 2);
const mapsOf = (method: string, params: object, classes = Int32Array.of(0, 2)) =>
  explainOnce(explainer(method), { engine, params }, { inputs, classes });
const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** A power iteration of 10,000 steps on MᵀM, with the sign that agrees with the sum of the columns. */
function byPowers(rows: readonly (readonly number[])[]): number[] {
  const width = rows[0]?.length ?? 0;
  let direction = Array.from({ length: width }, (_, k) => 1 + k / 10);
  const project = () => rows.map((row) => add(row.map((value, k) => value * (direction[k] ?? NaN))));
  for (let step = 0; step < 10_000; step++) {
    const projected = project();
    const next = direction.map((_, k) => add(rows.map((row, t) => (row[k] ?? NaN) * (projected[t] ?? NaN))));
    const length = Math.hypot(...next);
    direction = next.map((value) => value / length);
  }
  const projected = project();
  return add(rows.map((row, t) => add(row) * (projected[t] ?? NaN))) < 0 ? projected.map((value) => -value) : projected;
}

const centred = (rows: readonly (readonly number[])[]) => {
  const means = rows[0]?.map((_, k) => add(rows.map((row) => row[k] ?? NaN)) / rows.length) ?? [];
  return rows.map((row) => row.map((value, k) => value - (means[k] ?? NaN)));
};

/** A·s at each place and feature, where s is 1 or the gradient. */
function featuresOf(sample: number, scale: (t: number, k: number) => number) {
  const x = mapOf(inputs, sample);
  return Array.from({ length: 8 }, (_, t) =>
    [0, 1, 2, 3].map((k) => add([0, 1].map((i) => (x[2 * t + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN))) * scale(t, k)),
  );
}

describe.each([
  { method: 'eigen-cam', ofClass: () => () => 1 },
  { method: 'eigen-grad-cam', ofClass: (c: number) => (t: number, k: number) => model.head[t]?.[k]?.[c] ?? NaN },
])('$method', ({ method, ofClass }) => {
  it.each([true, false])('is the projection onto the longest direction (centred: %s)', async (isCentred) => {
    const { maps } = await mapsOf(method, { centred: isCentred, relu: false });
    for (const [sample, c] of [0, 2].entries()) {
      const features = featuresOf(sample, ofClass(c));
      const wanted = byPowers(isCentred ? centred(features) : features);
      expect(Math.max(...wanted)).toBeGreaterThan(0.1);
      // float32 features of size about 1.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-6);
    }
  });

  it('says by default what its source does', async () => {
    const isGrad = method === 'eigen-grad-cam';
    expect((await mapsOf(method, {})).maps).toEqual((await mapsOf(method, { centred: isGrad, relu: isGrad })).maps);
  });
});

it('Eigen-CAM is the same for every class', async () => {
  const [first, second] = [await mapsOf('eigen-cam', {}), await mapsOf('eigen-cam', {}, Int32Array.of(1, 0))];
  expect(second.maps).toEqual(first.maps);
  expect(explainer('eigen-cam').params.safeParse({ target: 'logit' }).success).toBe(false);
});

it('feature maps of one value each have no component once they are centred', async () => {
  const flat = { ...inputs, data: inputs.data.map((_, at) => (at % 2) + 0.3) };
  const { degenerate } = await explainOnce(
    explainer('eigen-cam'),
    { engine, params: { centred: true } },
    { inputs: flat, classes: Int32Array.of(0, 0) },
  );
  expect(degenerate).toEqual([true, true]);
});
