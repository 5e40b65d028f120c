import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/quantus/removal_in_order.json' with { type: 'json' };
import { selectivity } from '../src/faithfulness/selectivity.js';
import { metric } from '../src/index.js';
import { goldenRequest } from './golden-request.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';

describe('selectivity', () => {
  it('is the area that removing piece by piece of a signal gives, the last piece shorter', async () => {
    const fixture = fixtureOf([7, 2]);
    const { outputOn, own, inputs } = fixture;
    const maps = fixture.mapsOf([7], distinct);
    const { measures } = await fixture.score(selectivity, maps, { patch: 3 });
    const pieces = [[0, 1, 2], [3, 4, 5], [6]];
    for (let n = 0; n < 3; n++) {
      const x = own(inputs, n);
      const map = own(maps, n);
      const order = descending(pieces.map((piece) => piece.reduce((sum, p) => sum + (map[p] ?? NaN), 0)));
      const outputs = [outputOn(n, x)];
      for (const piece of order) {
        for (const p of pieces[piece] ?? []) x[2 * p] = x[2 * p + 1] = 0;
        outputs.push(outputOn(n, x));
      }
      const [a = NaN, b = NaN, c = NaN, d = NaN] = outputs;
      // Outputs are rounded to float32 once, here not at all: 6e-8 of at most 1.
      expect(Math.abs((measures.selectivityArea?.[n] ?? NaN) - (a / 2 + b + c + d / 2) / 3)).toBeLessThan(6e-8);
    }
    expect([...(measures.ties ?? [])]).toEqual([0, 0, 0]);
  });

  it.each(goldens.cases)(
    'by definition quantus is the AUC of Quantus, $inputShape',
    async ({ selectivity: expected, ...golden }) => {
      for (const [patch, areas] of Object.entries(expected)) {
        const { measures } = await goldenRequest(golden).score(selectivity, { definition: 'quantus', patch: Number(patch) });
        for (const [n, area] of areas.entries()) {
          // Outputs are float32 on both sides: two roundings of at most 15 steps.
          expect(Math.abs((measures.selectivityArea?.[n] ?? NaN) - area)).toBeLessThan(15 * 1.2e-7);
        }
      }
    },
  );

  it('does not depend on which samples are scored together', async () => {
    const fixture = fixtureOf([4, 4, 1]);
    const maps = fixture.mapsOf([4, 4], tying);
    const params = { patch: 1, repeats: 2, definition: 'quantus' };
    const [whole, first, rest] = [
      await fixture.score(selectivity, maps, params),
      await fixture.scoreSome(selectivity, maps, params, [0, 1]),
      await fixture.scoreSome(selectivity, maps, params, [1, 3]),
    ];
    for (const name of ['selectivityArea', 'ties'])
      expect([...(whole.measures[name] ?? [])]).toEqual([...(first.measures[name] ?? []), ...(rest.measures[name] ?? [])]);
    expect([...(whole.measures.ties ?? [])]).toEqual([1, 1, 1]);
  });

  it('reads f(x) only where it is a part of the area, and asks for each target once', () => {
    const fixture = fixtureOf([4, 4, 1]);
    const passesOf = (params: object) => {
      const settings = selectivity.settings(selectivity.params.parse(params), fixture.engine.model);
      return selectivity.passes(settings, fixture.engine.model).forward;
    };
    expect(passesOf({ patch: 2 })).toBe(4);
    expect(passesOf({ patch: [2, 4], target: 'logit' })).toBe(4 + 1 + 1);
    expect(passesOf({ patch: 2, target: 'logit', definition: 'quantus' })).toBe(4);
    expect(passesOf({ patch: 2, target: ['probability', 'logit', 'log-probability'] })).toBe(3 * 4 + 2);
  });

  it('has the defaults of its source, and refuses a patch larger than the input', () => {
    expect(metric('selectivity')).toBe(selectivity);
    const settingsOf = (shape: readonly number[], params: object) =>
      selectivity.settings(selectivity.params.parse(params), fixtureOf(shape).engine.model);
    expect(settingsOf([28, 28, 1], { definition: ['paper', 'quantus'] })).toEqual([
      { patch: 4, baseline: 'zero' },
      { definition: 'quantus', patch: 8, baseline: 'minimum' },
    ]);
    expect(() => settingsOf([3, 20, 1], {})).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });
});
