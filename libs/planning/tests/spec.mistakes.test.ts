import { parseSpec, XaigridError } from '@xaigrid/contracts';
import { registries } from '../src/index.js';
import { describe, expect, it } from 'vitest';

const spec = {
  name: 'mistaken',
  datasets: { digits: { kind: 'mnist1d' } },
  models: { cnn: { path: 'cnn.onnx' } },
  evaluations: [
    {
      dataset: 'digits',
      model: 'cnn',
      explainers: [{ method: 'gradient' }],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }],
    },
  ],
};
const explainer = (entry: Record<string, unknown>) => ({
  ...spec,
  evaluations: spec.evaluations.map((evaluation) => ({ ...evaluation, explainers: [entry] })),
});
const metric = (entry: Record<string, unknown>) => ({
  ...spec,
  evaluations: spec.evaluations.map((evaluation) => ({
    ...evaluation,
    metrics: [{ metric: 'drop-increase', keepFractions: [0.5], ...entry }],
  })),
});
const dataset = (entry: Record<string, unknown>) => ({ ...spec, datasets: { digits: entry } });

function mistakeOf(data: unknown): string {
  try {
    parseSpec({ text: JSON.stringify(data), source: 'spec.json', registries, environment: {} });
  } catch (error) {
    if (error instanceof XaigridError && error.code === 'SPEC_INVALID') return error.message;
    throw error;
  }
  throw new Error('The spec was accepted.');
}

const anyBaseline = '"zero", "mean", "minimum", a number, { blur: a number above 0 up to 10000 } or a list';

describe('a value that no alternative allows is met with all of them', () => {
  it.each([
    [metric({ baseline: 'blur' }), `expected ${anyBaseline}, not "blur". Did you mean { blur: a number above 0 up to 10000 }?`],
    [metric({ baseline: 'men' }), `expected ${anyBaseline}, not "men". Did you mean "mean"?`],
    [
      metric({ baseline: { blur: 'much' } }),
      'metrics.0.baseline.blur (line 1): expected a number above 0 up to 10000, not "much".',
    ],
    [metric({ baseline: { blurr: 3 } }), 'baseline.blurr (line 1): unknown key "blurr". Did you mean "blur"?'],
    [metric({ scoredClass: -1 }), 'metrics.0.scoredClass (line 1): expected at least 0, not -1.'],
    [metric({ keepFractions: 0.5 }), 'keepFractions (line 1): expected a list, not 0.5.'],
    [metric({ keepFractions: [] }), 'keepFractions (line 1): expected a list of at least 1 item, not [].'],
    [
      explainer({ method: 'gradient', explainedClass: 'true-label' }),
      'expected "predicted", "label", "likeliest-label" or a whole number from 0 on, not "true-label". Did you mean "label"?',
    ],
    [explainer({ method: 'gradient', explainedClass: 1.5 }), 'or a whole number from 0 on, not 1.5.'],
    [explainer({ method: 'gradient', channels: 'sums' }), 'not "sums". Did you mean "sum"?'],
    [
      dataset({ kind: 'image-folder', path: 'x', size: 'big' }),
      'size (line 1): expected a whole number from 1 to 8192 or a list',
    ],
    [
      dataset({ kind: 'image-folder', path: 'x', size: [1, 2, 3] }),
      'size (line 1): expected a list of at most 2 items, not [1,2,3].',
    ],
    [dataset({ kind: 'npy', x: 'x.npy', y: 3 }), 'datasets.digits.y (line 1): expected text, not 3.'],
    [{ ...spec, engine: 'onnx' }, 'expected "onnxruntime" or "tensorflow", not "onnx".'],
    [{ ...spec, seed: 'one' }, 'seed (line 1): expected a whole number, not "one".'],
    [{ ...spec, datasets: { digits: 'mnist1d' } }, 'datasets.digits (line 1): expected an object, not "mnist1d".'],
  ])('%#', (data, sentence) => {
    const message = mistakeOf(data);
    expect(message).toContain(sentence);
    expect(message).not.toMatch(/Invalid|received/);
  });
});

it.each(['datasets', 'models'] as const)('a name among %s that cannot be one is told from one that can', (part) => {
  const entry = part === 'datasets' ? spec.datasets.digits : spec.models.cnn;
  expect(mistakeOf({ ...spec, [part]: { 'my/data': entry } })).toContain(
    `${part}.my/data (line 1): "my/data" cannot be a name: it must be 1 to 100 letters, digits, ".", "_", "-" or spaces, starting with a letter or digit, for example "my-data".`,
  );
});

it.each([
  ['h5', 'HDF5 is not read: save its arrays by numpy.savez('],
  ['pt', 'PyTorch files are not read: save their tensors by numpy.savez('],
  ['parquet', 'use kind: csv'],
  ['npyy', 'Did you mean "npy"?'],
])('a kind of data set that is not there names the way out: %s', (kind, sentence) => {
  expect(mistakeOf(dataset({ kind, path: 'data' }))).toContain(sentence);
});

describe('an entry that is in the wrong form or list is met with the right one', () => {
  it.each([
    [
      explainer({ gradient: { channels: 'sum' } }),
      'is named by "method": write { method: gradient, … } with its parameters beside it.',
    ],
    [explainer({ gradient: null }), 'explainers.0 (line 1): is named by "method"'],
    [explainer({ method: 'pointing-game' }), 'there is no method "pointing-game". It is a metric and belongs under metrics.'],
    [explainer({ metric: 'pointing-game' }), 'has "metric", but an entry here needs "method". A metric belongs under metrics.'],
    [metric({ metric: 'sise' }), 'there is no metric "sise". It is a method and belongs under explainers.'],
    [metric({ metric: undefined, 'pointing-game': {} }), 'is named by "metric": write { metric: pointing-game, … }'],
    [
      metric({ metric: undefined, method: 'sise' }),
      'has "method", but an entry here needs "metric". A method belongs under explainers.',
    ],
  ])('%#', (data, sentence) => {
    expect(mistakeOf(data)).toContain(sentence);
  });
});
