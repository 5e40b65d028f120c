import { submissionSchema } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { planDigits } from './plan-digits.js';

/** Of the demo model's forward pass, as `xaigrid inspect` counts it. */
const FORWARD = 336_060;

it('gives the operations of a sample in both stages: predictions are made by the first evaluation', async () => {
  const { evaluations } = await planDigits(`explainers: [{ method: occlusion, window: [8] }, { method: random }]
    metrics: [{ metric: drop-increase, keepFractions: [0.1, 0.3] }, { metric: deletion-insertion, steps: 3 }]`);
  expect(evaluations.map(({ work }) => work)).toEqual([
    { explain: (1 + 5 + 1) * FORWARD, score: (2 + 5) * FORWARD },
    { explain: 0, score: (2 + 5) * FORWARD },
  ]);
  expect(evaluations[0]?.cost.flops).toEqual({ forward: FORWARD, gradient: 0 });
});

it('counts the operations of relevance on the graph that runs, which the Softmax at the end is no part of', async () => {
  const rules = ['epsilon', 'epsilon-plus', 'epsilon-alpha2-beta1'];
  const explainers = rules.map((composite) => `{ method: lrp, name: ${composite}, composite: ${composite} }`);
  const { evaluations } = await planDigits(`explainers: [${explainers.join(', ')}, { method: gradient }]
    metrics: [{ metric: drop-increase, keepFractions: [0.1] }]`);
  const [epsilon = NaN, plus = NaN, alpha = NaN, gradient = NaN] = evaluations.map(({ cost }) => cost.flops.gradient);
  // One product there and one back, and what is absorbed; with changed weights one or two more of each.
  expect(epsilon).toBeGreaterThan(gradient);
  expect(epsilon).toBeLessThan(1.2 * gradient);
  expect(plus).toBeGreaterThan(epsilon + 0.5 * FORWARD);
  expect(alpha).toBeGreaterThan(plus + 0.5 * FORWARD);
});

it('counts maps and scores once that several evaluations share', async () => {
  const { evaluations } = await planDigits(`explainers: [{ method: gradient, name: once }, { method: gradient, name: again }]
    metrics: [{ metric: drop-increase, keepFractions: [0.1] }, { metric: drop-increase, keepFractions: [0.1], divisor: 50 }]`);
  expect(evaluations.map(({ plan }) => plan.settings.length)).toEqual([2, 2]);
  const [once, again] = evaluations;
  expect(once?.cost.scores).toEqual([
    { metric: 'drop-increase', settings: [0], passes: { forward: 1, gradient: 0 }, bytes: 6 * 8 },
  ]);
  expect(once?.cost.map).toEqual({ passes: { forward: 0, gradient: 1 }, bytes: 40 * 4 });
  expect(once?.cost.prediction.bytes).toBe(10 * 4);
  expect(again?.work).toEqual({ explain: 0, score: 0 });
});

it('is part of a submission, and may be missing; it is finite and not negative', async () => {
  const { evaluations } = await planDigits('explainers: [{ method: sise }]\n    metrics: [{ metric: drop-increase }]');
  const submission = (extra: (work: unknown) => object) => ({
    ...{ name: 'costs', specText: '' },
    evaluations: evaluations.map(({ plan, shardSize, work }) => ({ plan, shardSize, ...extra(work) })),
  });
  expect(submissionSchema.parse(submission((work) => ({ work }))).evaluations[0]?.work).toEqual(evaluations[0]?.work);
  expect(submissionSchema.parse(submission(() => ({}))).evaluations[0]).not.toHaveProperty('work');
  for (const explain of [Infinity, NaN, -1])
    expect(submissionSchema.safeParse(submission(() => ({ work: { explain, score: 0 } }))).success).toBe(false);
});
