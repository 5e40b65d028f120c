import { expect, it } from 'vitest';
import { planDigits } from './plan-digits.js';

it('makes one evaluation of an explainer that is named twice, with the settings of both, and says so', async () => {
  const { evaluations, notes } = await planDigits(
    `explainers: [{ method: random }, { method: gradient }, { method: gradient }]
    metrics: [{ metric: drop-increase, keepFractions: [0.1, 0.3] }]`,
    `explainers: [{ method: gradient }]
    metrics: [{ metric: drop-increase, keepFractions: [0.3, 0.5] }, { metric: deletion-insertion }]`,
  );
  expect(
    evaluations.map(({ plan }) => [plan.label, plan.settings.map(({ setting }) => setting.keepFraction ?? setting.steps)]),
  ).toEqual([
    ['random', [0.1, 0.3]],
    ['gradient', [0.1, 0.3, 0.5, 20]],
  ]);
  expect(evaluations.map(({ plan, measures }) => measures.length === plan.settings.length)).toEqual([true, true]);
  expect(notes).toEqual([
    'The spec names gradient on digits (cnn) more than once with the same settings. This is one evaluation, with all the metrics.',
  ]);
});

it('scores a setting once where `explained` means the class that another metric names', async () => {
  const { evaluations } = await planDigits(
    `explainers: [{ method: gradient, grid: { explainedClass: [0, predicted] } }]
    metrics:
      - { metric: drop-increase, keepFractions: [0.2, 0.5], scoredClass: explained }
      - { metric: drop-increase, keepFractions: [0.2], scoredClass: 0 }`,
  );
  expect(
    evaluations.map(({ plan, measures }) => [
      measures.length,
      plan.settings.map(({ scoredClass, setting }) => [scoredClass, setting.keepFraction]),
    ]),
  ).toEqual([
    [2, [0.2, 0.5].map((keep) => [0, keep])],
    [3, [...[0.2, 0.5].map((keep) => ['predicted', keep]), [0, 0.2]]],
  ]);
});
