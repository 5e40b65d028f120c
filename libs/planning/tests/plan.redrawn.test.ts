import { expect, it } from 'vitest';
import { planDigits } from './plan-digits.js';

/** Of the demo model's forward pass, as `xaigrid inspect` counts it. */
const FORWARD = 336_060;

it('counts maps that a metric has drawn again where they are drawn: in the score stage', async () => {
  const { evaluations } = await planDigits(`explainers: [{ method: occlusion, window: [8] }, { method: gradient }]
    metrics: [{ metric: max-sensitivity, radius: [0.1, 0.2], perturbations: 3 }, { metric: drop-increase, keepFractions: [0.3] }]`);
  const [occlusion, gradient] = evaluations;
  // Occlusion makes six passes, five windows and the sample itself; 2 × 3 maps are drawn again.
  expect(occlusion?.work).toEqual({ explain: (6 + 1) * FORWARD, score: (2 * 3 * 6 + 1) * FORWARD });
  const [sensitivity] = gradient?.cost.scores ?? [];
  expect(sensitivity).toEqual({
    ...{ metric: 'max-sensitivity', settings: [0, 1], passes: { forward: 0, gradient: 6 }, bytes: 2 * 4 * 8 },
  });
  expect(gradient?.cost.flops.gradient).toBeGreaterThan(FORWARD);
});

it('cuts an evaluation whose maps are drawn again into smaller shards', async () => {
  const shardSizes = async (metrics: string): Promise<(number | undefined)[]> => {
    const { evaluations } = await planDigits(`explainers: [{ method: gradient }]\n    metrics: [${metrics}]`);
    return evaluations.map(({ shardSize }) => shardSize);
  };
  expect(await shardSizes('drop-increase')).toEqual([100]);
  expect(await shardSizes('{ metric: max-sensitivity, perturbations: 4 }')).toEqual([20]);
  expect(await shardSizes('{ metric: max-sensitivity, perturbations: 1000 }')).toEqual([8]);
});

it('cuts an evaluation whose metrics take thousands of passes into smaller shards', async () => {
  const shardSize = async (metrics: string): Promise<number | undefined> => {
    const { evaluations } = await planDigits(`explainers: [{ method: gradient }]\n    metrics: [${metrics}]`);
    return evaluations[0]?.shardSize;
  };
  // 2·steps − 1 passes: 39 of each of 100 samples are few.
  expect(await shardSize('deletion-insertion')).toBe(100);
  expect(await shardSize('{ metric: deletion-insertion, steps: 1000 }')).toBe(5);
  expect(await shardSize('{ metric: deletion-insertion, steps: 10000 }')).toBe(1);
  expect(await shardSize('{ metric: deletion-insertion, steps: 1000 }, { metric: deletion-insertion, steps: 999 }')).toBe(2);
});
