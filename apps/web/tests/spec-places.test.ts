import { describe, expect, it } from 'vitest';
import { placeIn, schemasAt } from '../src/views/new-run/spec-places.js';

/** The place at the end of the text. */
function at(text: string): ReturnType<typeof placeIn> {
  const lines = text.split('\n');
  return placeIn(lines, lines.at(-1)?.length ?? 0);
}

describe('where the cursor is in a spec', () => {
  it.each([
    ['na', [], undefined],
    ['name: x\ndatasets:\n  d: { kind: ', ['datasets', 'd'], 'kind'],
    ['models:\n  cnn:\n    pa', ['models', 'cnn'], undefined],
    ['models:\n  cnn:\n    path: x', ['models', 'cnn'], 'path'],
    ['evaluations:\n  - da', ['evaluations', '-'], undefined],
    ['evaluations:\n  - dataset: d\n    mo', ['evaluations', '-'], undefined],
    ['evaluations:\n  - dataset: d\n    model: ', ['evaluations', '-'], 'model'],
    ['evaluations:\n  - dataset: d\n    explainers: [si', ['evaluations', '-', 'explainers', '-'], undefined],
    ['evaluations:\n  - dataset: d\n    explainers:\n      - { method: si', ['evaluations', '-', 'explainers', '-'], 'method'],
    [
      'evaluations:\n  - dataset: d\n    explainers:\n      - method: sise\n        gr',
      ['evaluations', '-', 'explainers', '-'],
      undefined,
    ],
    ['evaluations:\n  - dataset: d\n    metrics: [{ metric: drop-increase, ke', ['evaluations', '-', 'metrics', '-'], undefined],
    ['evaluations:\n  - { dataset: d, explainers: [{ method: ', ['evaluations', '-', 'explainers', '-'], 'method'],
    ['evaluations:\n- dataset: d\n- da', ['evaluations', '-'], undefined],
    ['models:\n  cnn: { path: x }\nse', [], undefined],
  ])('%j', (text, path, value) => {
    const place = at(text);
    expect([place.path, place.value]).toEqual([path, value]);
  });

  it('knows what stands beside it', () => {
    expect(at('a:\n  - { method: sise, gr').siblings).toEqual({ method: 'sise' });
    expect(at('a:\n  - method: sise\n    layers: x\n    gr').siblings).toEqual({ method: 'sise', layers: 'x' });
  });
});

it('chooses the alternative that the keys beside it name', () => {
  const one = (name: string, own: string) => ({ properties: { method: { const: name }, [own]: {} } });
  const root = { properties: { explainers: { items: { anyOf: [one('sise', 'layers'), one('rise', 'masks')] } } } };
  expect(schemasAt(root, ['explainers', '-'], { method: 'rise' })).toEqual([one('rise', 'masks')]);
  expect(schemasAt(root, ['explainers', '-'], {})).toHaveLength(2);
});
