import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseSpec, XaigridError, type SpecRegistries } from '../src/index.js';

const registries: SpecRegistries = {
  datasets: [{ kind: 'npy', params: z.strictObject({ x: z.string().optional(), layout: z.string().optional() }) }],
  explainers: [
    {
      method: 'shap-deep',
      params: z.strictObject({ channels: z.string().optional() }),
      usesBackground: true,
      defaultExplainedClass: 'predicted',
    },
  ],
  metrics: [{ metric: 'drop-increase', params: z.strictObject({ keepFractions: z.array(z.number()).optional() }) }],
};

interface Extra {
  readonly top?: object;
  readonly dataset?: object;
  readonly model?: object;
  readonly evaluation?: object;
  readonly explainer?: object;
  readonly background?: object;
  readonly metric?: object;
}

/** What is said of a spec that is right but for one key. */
function mistakeOf(extra: Extra): string {
  const background = { dataset: 'd', ...extra.background };
  const data = {
    name: 'n',
    datasets: { d: { kind: 'npy', ...extra.dataset } },
    models: { m: { path: 'm.onnx', ...extra.model } },
    evaluations: [
      {
        dataset: 'd',
        model: 'm',
        explainers: [{ method: 'shap-deep', background, ...extra.explainer }],
        metrics: [{ metric: 'drop-increase', ...extra.metric }],
        ...extra.evaluation,
      },
    ],
    ...extra.top,
  };
  try {
    parseSpec({ text: JSON.stringify(data), source: 'spec.json', registries, environment: {} });
  } catch (error) {
    if (error instanceof XaigridError) return error.message;
    throw error;
  }
  throw new Error('The spec was accepted.');
}

it.each<[Extra, string]>([
  [
    { evaluation: { limit: 5 } },
    'evaluations.0.limit (line 1): unknown key "limit". "limit" belongs to the top of the spec, not to an entry of evaluations.',
  ],
  [{ evaluation: { engine: 'tensorflow' } }, '"engine" belongs to the top of the spec, not to an entry of evaluations.'],
  [{ explainer: { seed: 1 } }, '"seed" belongs to the top of the spec, not to an entry of explainers.'],
  [{ metric: { limit: 5 } }, '"limit" belongs to the top of the spec, not to an entry of metrics.'],
  [{ model: { engine: 'tensorflow' } }, '"engine" belongs to the top of the spec, not to a model.'],
  [{ dataset: { limit: 5 } }, '"limit" belongs to the top of the spec, not to a data set.'],
  [{ top: { explainers: [] } }, '"explainers" belongs to an entry of evaluations, not to the top of the spec.'],
  [{ top: { model: 'm' } }, '"model" belongs to an entry of evaluations, not to the top of the spec. Did you mean "models"?'],
  [{ evaluation: { keepFractions: [0.5] } }, '"keepFractions" belongs to an entry of metrics, not to an entry of evaluations.'],
  [{ evaluation: { grid: {} } }, '"grid" belongs to an entry of explainers, not to an entry of evaluations.'],
  [{ explainer: { scoredClass: 'label' } }, '"scoredClass" belongs to an entry of metrics, not to an entry of explainers.'],
  [{ metric: { explainedClass: 'label' } }, '"explainedClass" belongs to an entry of explainers, not to an entry of metrics.'],
  [{ explainer: { size: 100 } }, '"size" belongs to a background, not to an entry of explainers.'],
  [{ background: { channels: 'sum' } }, '"channels" belongs to an entry of explainers, not to a background.'],
  [{ evaluation: { layout: 'auto' } }, '"layout" belongs to a data set or to a model, not to an entry of evaluations.'],
])('a key that another part of the spec has is told where it belongs: %j', (extra, sentence) => {
  expect(mistakeOf(extra)).toContain(sentence);
});

it('a key that belongs nowhere is met with the keys that there are', () => {
  expect(mistakeOf({ evaluation: { colour: 'red' } })).toBe(
    'evaluations.0.colour (line 1): unknown key "colour". Known keys: dataset, model, explainers, metrics, controls.',
  );
});
