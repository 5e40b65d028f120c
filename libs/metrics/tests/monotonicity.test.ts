import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/quantus/removal_in_order.json' with { type: 'json' };
import { monotonicity } from '../src/faithfulness/monotonicity.js';
import { metric } from '../src/index.js';
import { goldenRequest } from './golden-request.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';

describe('monotonicity', () => {
  // The loop of monotonicity_metric of AIX360, with the steps counted that do not fall.
  it('is what putting features in one by one gives, the lowest first', async () => {
    const fixture = fixtureOf([9]);
    const maps = fixture.mapsOf([9], distinct);
    const base = 0.1;
    const { measures } = await fixture.score(monotonicity, maps, { baseline: base });
    for (let n = 0; n < 3; n++) {
      const x = fixture.own(fixture.inputs, n);
      const copy = x.map(() => base);
      const outputs = descending(fixture.own(maps, n).map((value) => -value)).map((feature) => {
        copy[feature] = x[feature] ?? NaN;
        return fixture.outputOn(n, copy);
      });
      const rises = outputs.slice(1).filter((output, k) => output >= (outputs[k] ?? NaN)).length;
      expect(measures.increases?.[n]).toBe(rises / 8);
      expect(measures.monotone?.[n]).toBe(rises === 8 ? 1 : 0);
    }
    expect([...(measures.ties ?? []), ...(measures.alwaysTrue ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('holds of exact attributions of a linear model where none is negative, and of their negatives not', async () => {
    const fixture = fixtureOf([6, 1]);
    const inputs = fixture.mapsOf([6, 1], (i) => {
      const c = fixture.classes[Math.floor(i / 6)] ?? NaN;
      return 0.3 * Math.sign(Math.cos(3 * (i % 6) + 5 * c)) * (1 + (i % 6));
    });
    const exact = fixture.mapsOf([6], (i) => {
      const c = fixture.classes[Math.floor(i / 6)] ?? NaN;
      return (inputs.data[i] ?? NaN) * Math.cos(3 * (i % 6) + 5 * c);
    });
    const { measures } = await fixture.score(monotonicity, exact, { target: 'logit' }, { inputs });
    expect([...(measures.increases ?? []), ...(measures.monotone ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
    const lowered = { ...inputs, data: inputs.data.map((value) => -value) };
    const { measures: falls } = await fixture.score(monotonicity, exact, { target: 'logit' }, { inputs: lowered });
    expect([...(falls.increases ?? []), ...(falls.monotone ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('holds where the output stays the same', async () => {
    const fixture = fixtureOf([6, 1]);
    const inputs = fixture.mapsOf([6, 1], () => 0.25);
    const { measures } = await fixture.score(monotonicity, fixture.mapsOf([6], distinct), { baseline: 0.25 }, { inputs });
    expect([...(measures.increases ?? []), ...(measures.monotone ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it.each(goldens.cases)(
    'by definition quantus is true of every map, as Quantus has it, $inputShape',
    async ({ monotonicity: expected, ...golden }) => {
      const { measures } = await goldenRequest(golden).score(monotonicity, { definition: 'quantus' });
      // Of the maps, and of their negatives.
      expect(expected).toEqual([true, true, true, true, true, true]);
      expect([...(measures.monotone ?? []), ...(measures.increases ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
      expect([...(measures.alwaysTrue ?? [])]).toEqual([1, 1, 1]);
      // By definition paper it is true of none of these.
      const { measures: own } = await goldenRequest(golden).score(monotonicity, { baseline: 'minimum', units: 'values' });
      expect([...(own.monotone ?? [])]).toEqual([0, 0, 0]);
    },
  );

  it('does not depend on which samples are scored together', async () => {
    const fixture = fixtureOf([4, 4, 1]);
    const maps = fixture.mapsOf([4, 4], tying);
    const params = { baseline: 'uniform', perStep: [2, 3] };
    const [whole, last] = [
      await fixture.score(monotonicity, maps, params),
      await fixture.scoreSome(monotonicity, maps, params, [2, 3]),
    ];
    for (const name of ['increases', 'monotone', 'ties'])
      expect([whole.measures[name]?.[2], whole.measures[name]?.[5]]).toEqual([...(last.measures[name] ?? [])]);
    expect([...(whole.measures.ties ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('has the defaults of its source, and says what it costs', () => {
    expect(metric('monotonicity')).toBe(monotonicity);
    const { engine } = fixtureOf([4, 4, 2]);
    const settingsOf = (params: object) => monotonicity.settings(monotonicity.params.parse(params), engine.model);
    expect(settingsOf({})).toEqual([{ units: 'positions', perStep: 1, baseline: 'zero' }]);
    const passesOf = (params: object) => monotonicity.passes(settingsOf(params), engine.model);
    expect(passesOf({})).toEqual({ forward: 16, gradient: 0 });
    expect(passesOf({ units: 'values', perStep: 5 })).toEqual({ forward: 7, gradient: 0 });
    expect(passesOf({ definition: 'quantus' })).toEqual({ forward: 0, gradient: 0 });
  });

  it('names the sample whose output is not finite', async () => {
    const fixture = fixtureOf([4, 1]);
    const inputs = fixture.mapsOf([4, 1], (i) => (i === 6 ? Infinity : 0.1 * i));
    await expect(
      fixture.score(monotonicity, fixture.mapsOf([4], distinct), { target: 'logit' }, { inputs }),
    ).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has no score at/) as string,
    });
  });
});
