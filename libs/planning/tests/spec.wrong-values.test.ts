import { parseSpec, specJsonSchema, XaigridError } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registries } from '../src/registries.js';

const wrong: readonly unknown[] = [
  ...[null, true, '', 'blur', 'true-label', '3', 'a/b', 0, -1, 1.5, 1e9, NaN],
  ...[[], [1], ['x'], [[]], {}, { x: 1 }, { blur: 'x' }, { name: 3 }, { samples: 'all' }],
];

/** What a stranger does not understand: words of the library that checks, and values that nobody wrote. */
const strange = /invalid|received|undefined|something else|unrecognized|too (?:small|big)|\[object|did you mean "(\w+)"\?.*"\1"/i;

const spec = (more: object = {}, explainer: object = { method: 'gradient' }, metric: object = {}) => ({
  name: 'wrong',
  datasets: { d: { kind: 'mnist1d' } },
  models: { m: { path: 'm.onnx' } },
  evaluations: [
    {
      ...{ dataset: 'd', model: 'm', explainers: [explainer] },
      metrics: [{ metric: 'drop-increase', keepFractions: [0.3], ...metric }],
    },
  ],
  ...more,
});

const properties = z.record(z.string(), z.unknown());
const entries = z.array(z.object({ properties }));
const entryList = z.object({ items: z.object({ anyOf: z.tuple([z.unknown(), z.object({ oneOf: entries })]) }) });
const keyed = z.object({
  properties: z.looseObject({
    datasets: z.object({ additionalProperties: z.object({ oneOf: entries }) }),
    models: z.object({ additionalProperties: z.object({ properties }) }),
    evaluations: z.object({
      items: z.object({
        properties: z.object({
          explainers: entryList,
          metrics: entryList,
        }),
      }),
    }),
  }),
});
const { properties: top } = keyed.parse(specJsonSchema(registries));
const { explainers, metrics } = top.evaluations.items.properties;

const named = (all: z.output<typeof entries>, key: string) =>
  all.map((entry) => ({
    name: z.object({ const: z.string() }).parse(entry.properties[key]).const,
    keys: Object.keys(entry.properties),
  }));

/** Where a wrong value is put, and the spec that has it there. */
const places: [string, (value: unknown) => object][] = [
  ...[...Object.keys(top), 'nope'].map((key): [string, (value: unknown) => object] => [key, (value) => spec({ [key]: value })]),
  ...Object.keys(top.models.additionalProperties.properties).map((key): [string, (value: unknown) => object] => [
    `models.m.${key}`,
    (value) => spec({ models: { m: { path: 'm.onnx', [key]: value } } }),
  ]),
  ...named(top.datasets.additionalProperties.oneOf, 'kind').flatMap(({ name, keys }) =>
    keys.map((key): [string, (value: unknown) => object] => [
      `${name}.${key}`,
      (value) => spec({ datasets: { d: { kind: name, [key]: value } } }),
    ]),
  ),
  ...named(explainers.items.anyOf[1].oneOf, 'method').flatMap(({ name, keys }) =>
    keys.flatMap((key): [string, (value: unknown) => object][] => [
      [`${name}.${key}`, (value) => spec({}, { method: name, [key]: value })],
      [`${name}.grid.${key}`, (value) => spec({}, { method: name, grid: { [key]: [value] } })],
    ]),
  ),
  ...['dataset', 'size', 'selection', 'nope'].map((key): [string, (value: unknown) => object] => [
    `background.${key}`,
    (value) => spec({}, { method: 'shap-deep', background: { dataset: 'd', [key]: value } }),
  ]),
  ...named(metrics.items.anyOf[1].oneOf, 'metric').flatMap(({ name, keys }) =>
    keys.map((key): [string, (value: unknown) => object] => [
      `${name}.${key}`,
      (value) => spec({}, undefined, { metric: name, [key]: value }),
    ]),
  ),
  [
    'an explainer',
    (value) => spec({ evaluations: [{ dataset: 'd', model: 'm', explainers: [value], metrics: ['pointing-game'] }] }),
  ],
  ['a metric', (value) => spec({ evaluations: [{ dataset: 'd', model: 'm', explainers: ['gradient'], metrics: [value] }] })],
  ['a name of a model', (value) => spec({ models: { [JSON.stringify(value)]: { path: 'm.onnx' } } })],
  ['a name of a data set', (value) => spec({ datasets: { [JSON.stringify(value)]: { kind: 'mnist1d' } } })],
];

function mistakesOf(value: object): string[] {
  try {
    parseSpec({ text: JSON.stringify(value), source: 'spec.json', registries, environment: {} });
    return [];
  } catch (error) {
    if (error instanceof XaigridError && error.code === 'SPEC_INVALID') return error.message.split('\n');
    throw error;
  }
}

describe('a wrong value is called wrong in words that a stranger understands', () => {
  it.each(places)('%s', (_place, make) => {
    const mistakes = wrong.flatMap((value) => mistakesOf(make(value)));
    expect(mistakes.filter((line) => strange.test(line))).toEqual([]);
  });

  it('with the keys of the object that has one too many', () => {
    expect(mistakesOf(spec({ models: { m: { path: 'm.onnx', output: { x: 1 } } } })).join()).toContain(
      'models.m.output.x (line 1): unknown key "x". Known keys: name, values.',
    );
    expect(mistakesOf(spec({}, undefined, { baseline: { x: 1 } })).join()).toContain('unknown key "x". Known keys: blur.');
  });

  it('with the way to several, where a list is given of what an entry has one of', () => {
    expect(mistakesOf(spec({}, undefined, { baseline: ['zero', 'mean'] })).join()).toContain(
      'evaluations.0.metrics.0.baseline (line 1): expected "zero", "mean", "minimum", a number, { blur: a number above 0 up to 10000 } or a list, not a list of several. An entry has one baseline. For several, write one entry for each.',
    );
    expect(mistakesOf(spec({}, { method: 'gradient', explainedClass: ['predicted', 'label'] })).join()).toMatch(
      /explainers\.0\.explainedClass .*An entry has one explainedClass\. For several, write one entry for each, or grid: \{ explainedClass: \[…\] \}\.$/,
    );
    expect(mistakesOf(spec({}, { method: 'sise', layers: ['a', 3] })).join()).not.toContain('An entry has one');
  });

  it('with what a grid is for, where it cannot have a key', () => {
    expect(mistakesOf(spec({}, { method: 'sise', grid: { name: ['a'] } }))).toEqual([
      'evaluations.0.explainers.0.grid.name (line 1): a grid takes parameters of the method and explainedClass, not name. Write one entry for each.',
    ]);
  });
});
