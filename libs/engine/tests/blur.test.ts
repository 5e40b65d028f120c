import type { Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { gaussianMatrix } from '../src/request/gaussian-matrix.js';
import { absoluteError } from './comparison.js';
import goldens from './goldens/blur.json' with { type: 'json' };
import { outputsAbove } from './mask-requests.js';
import { kerasModels, vgg } from './models/keras-models.js';
import { pick, samplesFor } from './models/samples.js';
import { closeEngines, engineFor, engineKinds } from './models/test-engines.js';

afterAll(closeEngines);

describe('gaussianMatrix', () => {
  it.each(goldens)('blurs $shape by $sigma as scipy does', ({ shape, sigma, values, blurred }) => {
    const found = shape
      .slice(0, -1)
      .reduce((array, extent, axis) => alongAxis(array, { shape, axis, matrix: gaussianMatrix(sigma, extent) }), values);
    // The matrices are float32, of sums of weights that add up to 1; goldens have 9 decimals.
    expect(absoluteError(found, blurred)).toBeLessThan(2e-7);
  });

  it('is the identity for σ = 0', () => {
    expect([...gaussianMatrix(0, 3)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });
});

const cases = kerasModels.flatMap((model) => engineKinds.map((kind) => ({ kind, model, name: model.name })));

describe.each(cases)('$kind on $name', ({ kind, model }) => {
  it.each([0, 1.3, 6])('masks with samples blurred by %d as with the same blur done by hand', async (blur) => {
    const engine = await engineFor(kind, model);
    const inputs = samplesFor(model, 3, 1);
    const request = { inputs, maps: samplesFor(model, 3, 4), rows: { sample, threshold } };
    const found = await outputsAbove(engine, { ...request, baseline: { blur } });
    const expected = await outputsAbove(engine, { ...request, baseline: blurredByHand(inputs, blur) });
    // Sums of up to 49 float32 products an axis, passed through the model.
    expect(absoluteError(found.data, expected.data)).toBeLessThan(2e-6);
  });

  it('blurs a sample to the same bits whatever it is computed with', async () => {
    const engine = await engineFor(kind, model);
    const inputs = samplesFor(model, 150, 1);
    const maps = samplesFor(model, 150, 4);
    const baseline = { blur: 2 };
    const all = await outputsAbove(engine, {
      inputs,
      maps,
      rows: { sample: Int32Array.from({ length: 150 }, (_, i) => i), threshold: new Float32Array(150).fill(0.5) },
      baseline,
    });
    const few = [149, 3, 77];
    const some = await outputsAbove(engine, {
      inputs: pick(inputs, few),
      maps: pick(maps, few),
      rows: { sample: Int32Array.of(0, 1, 2), threshold: new Float32Array(3).fill(0.5) },
      baseline,
    });
    expect(some.data).toEqual(pick(all, few).data);
  });
});

const sample = Int32Array.of(0, 0, 1, 2, 2);
const threshold = Float32Array.of(-99, 0, 0.5, 99, 0.2);

describe.each(engineKinds)('%s', (kind) => {
  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e6])('refuses to blur by %d', async (blur) => {
    const engine = await engineFor(kind, vgg);
    const inputs = samplesFor(vgg, 3, 1);
    await expect(
      outputsAbove(engine, { inputs, maps: inputs, rows: { sample, threshold }, baseline: { blur } }),
    ).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: `A baseline cannot be blurred by ${blur}: give a standard deviation from 0 to 10000 positions.`,
    });
  });
});

/** Each blurred value as one sum over the kernel's window, in float64. */
function blurredByHand({ shape, data }: Tensor, sigma: number): Tensor {
  const radius = Math.floor(4 * sigma + 0.5);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    radius === 0 ? 1 : Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((a, b) => a + b);
  let values = Array.from(data);
  for (let axis = 1; axis < shape.length - 1; axis++) {
    const extent = shape[axis] ?? 1;
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const before = values;
    values = values.map((_, index) => {
      const position = Math.floor(index / stride) % extent;
      const first = index - position * stride;
      return kernel.reduce(
        (sum, weight, i) => sum + (weight / total) * (before[first + reflected(position + i - radius, extent) * stride] ?? 0),
        0,
      );
    });
  }
  return { shape, data: Float32Array.from(values) };
}

/** d c b a | a b c d | d c b a */
function reflected(position: number, extent: number): number {
  if (position < 0) return reflected(-1 - position, extent);
  return position < extent ? position : reflected(2 * extent - 1 - position, extent);
}

/** Multiplies one axis of a flat array by a square matrix. */
function alongAxis(
  values: readonly number[],
  { shape, axis, matrix }: { readonly shape: readonly number[]; readonly axis: number; readonly matrix: Float32Array },
): number[] {
  const extent = shape[axis] ?? 1;
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return values.map((_, index) => {
    const position = Math.floor(index / stride) % extent;
    const first = index - position * stride;
    let sum = 0;
    for (let j = 0; j < extent; j++) sum += (matrix[position * extent + j] ?? 0) * (values[first + j * stride] ?? 0);
    return sum;
  });
}
