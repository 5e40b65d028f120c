import { rowsOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { smoothGrad } from '../src/smooth-grad.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const inputShape = [4, 6, 3];
const inputs = sampleInputs(inputShape, 2);
const classes = Int32Array.of(0, 2);

/** What the method asks the engine for, besides what it answers. */
async function explainAndWatch(
  params: unknown,
  options: { seed?: number; sampleIndices?: Int32Array<ArrayBuffer>; batchSize?: number } = {},
) {
  const engine = closedFormEngine(sampleModel(inputShape));
  // The noisy copies of both samples, draw by draw, and how many copies each call had.
  const asked: Tensor[] = [];
  const calls: number[] = [];
  const { seed = 0, sampleIndices = Int32Array.of(0, 1), batchSize = engine.batchSize } = options;
  const watched: typeof engine = {
    ...{ ...engine, batchSize },
    gradient: (request) => {
      const [copies = 0] = request.inputs.shape;
      calls.push(copies);
      for (let at = 0; at < copies; at += 2) asked.push(rowsOf(request.inputs, at, at + 2));
      return engine.gradient(request);
    },
  };
  const { maps } = await explainOnce(smoothGrad, { engine: watched, params, seed }, { inputs, classes, sampleIndices });
  return { engine, maps, asked, calls };
}

describe('SmoothGrad', () => {
  it('is the mean of the gradients at the noisy samples, or its size', async () => {
    const { engine, maps, asked } = await explainAndWatch({ draws: 5, absolute: false });
    expect(asked).toHaveLength(5);
    const gradients = await Promise.all(asked.map((noisy) => engine.gradient({ inputs: noisy, classes, wrt: 'input' })));
    const means = Array.from(
      inputs.data,
      (_, at) => gradients.reduce((sum, [one]) => sum + (one?.gradient.data[at] ?? NaN), 0) / 5,
    );
    expect(maps.shape).toEqual([2, 4, 6, 3]);
    // One rounding to float32 of numbers below 1.
    expect(largestDifference(maps.data, means)).toBeLessThan(1e-7);
    const { maps: sizes } = await explainAndWatch({ draws: 5 });
    expect([...sizes.data]).toEqual([...maps.data].map(Math.abs));
  });

  it('without noise is the gradient itself', async () => {
    const { engine, maps } = await explainAndWatch({ draws: 3, noise: 0, absolute: false });
    const [gradient] = await engine.gradient({ inputs, classes, wrt: 'input' });
    expect(largestDifference(maps.data, gradient?.gradient.data ?? [])).toBeLessThan(1e-7);
  });

  it('adds normal noise whose deviation is a share of the sample’s range', async () => {
    const { asked } = await explainAndWatch({ draws: 400, noise: 0.2 });
    for (const sample of [0, 1]) {
      const x = mapOf(inputs, sample);
      const range = Math.max(...x) - Math.min(...x);
      const numbers = asked.flatMap((noisy) => mapOf(noisy, sample).map((value, at) => (value - (x[at] ?? NaN)) / (0.2 * range)));
      const moment = (power: number) => numbers.reduce((sum, value) => sum + value ** power, 0) / numbers.length;
      // 28,800 standard normal numbers: five standard errors of each moment, sqrt(1, 2, 15, 96) / sqrt(28,800).
      for (const [power, wanted, error] of [
        [1, 0, 1],
        [2, 1, 2],
        [3, 0, 15],
        [4, 3, 96],
      ] as const)
        expect(Math.abs(moment(power) - wanted)).toBeLessThan(5 * Math.sqrt(error / numbers.length));
    }
  });

  it('fills the engine’s batches with several draws of few samples, and draws the same', async () => {
    const [alone, filled] = [
      await explainAndWatch({ draws: 10 }, { batchSize: 1 }),
      await explainAndWatch({ draws: 10 }, { batchSize: 9 }),
    ];
    expect(alone.calls).toEqual(Array.from({ length: 10 }, () => 2));
    expect(filled.calls).toEqual([8, 8, 4]);
    expect([...filled.maps.data]).toEqual([...alone.maps.data]);
  });

  it('depends on the seed and the sample index only', async () => {
    const [first, other, moved] = [
      await explainAndWatch({ draws: 2 }),
      await explainAndWatch({ draws: 2 }, { seed: 1 }),
      await explainAndWatch({ draws: 2 }, { sampleIndices: Int32Array.of(7, 1) }),
    ];
    expect(mapOf(other.maps, 1)).not.toEqual(mapOf(first.maps, 1));
    expect(mapOf(moved.maps, 0)).not.toEqual(mapOf(first.maps, 0));
    expect([...rowsOf(moved.maps, 1, 2).data]).toEqual(mapOf(first.maps, 1));
  });
});
