import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { baselineValues } from '../src/perturbation/baseline-values.js';
import { engineBaseline, type Baseline } from '../src/perturbation/baseline.js';
import { softmaxEngine } from './softmax-engine.js';

const inputs = tensorOf(
  Float32Array.from({ length: 24 }, (_, at) => Math.sin(1.3 * at + 0.4)),
  [2, 6, 2],
);

const baselines: readonly Baseline[] = ['zero', 'mean', 'minimum', 0.3, [0.5, -1], { blur: 1.2 }];

describe('what stands where a sample is removed', () => {
  it.each(baselines.map((baseline) => ({ baseline })))('$baseline is what the engine puts there', async ({ baseline }) => {
    const { engine, outputsOf } = softmaxEngine([6, 2], 3);
    const { outputs } = await engine.scoreMasks({
      ...{ inputs, sampleOf: Int32Array.of(0, 1), baseline: engineBaseline(baseline, inputs), target: 'logit' },
      masks: { maps: { shape: [2, 6], data: new Float32Array(12) }, above: Float32Array.of(1, 1) },
    });
    const valuesOf = baselineValues(baseline, inputs);
    // Blurred in float32: 6e-8 of values up to 1, 12 of them added up.
    for (const n of [0, 1]) {
      outputsOf(valuesOf(n), 'logit').forEach((logit, c) => expect(logit).toBeCloseTo(outputs.data[n * 3 + c] ?? NaN, 6));
    }
  });

  it('is the smallest value of the sample itself for minimum, of all its channels', () => {
    const smallest = (n: number): number => Math.min(...inputs.data.subarray(n * 12, (n + 1) * 12));
    const valuesOf = baselineValues('minimum', inputs);
    for (const n of [0, 1]) expect(new Set(valuesOf(n))).toEqual(new Set([smallest(n)]));
  });
});
