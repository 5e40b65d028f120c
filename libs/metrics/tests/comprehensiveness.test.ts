import { describe, expect, it } from 'vitest';
import { comprehensiveness } from '../src/faithfulness/comprehensiveness.js';
import { metric } from '../src/index.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';

describe('comprehensiveness and sufficiency', () => {
  const fixture = fixtureOf([4, 5, 2]);

  /** What the definition says of sample n: falls without, and with nothing but, the `count` highest positions. */
  function falls(map: Float32Array, n: number, count: number) {
    const x = fixture.own(fixture.inputs, n);
    const rationale = new Set(descending(map).slice(0, count));
    const whole = fixture.outputOn(n, x);
    return {
      without:
        whole -
        fixture.outputOn(
          n,
          x.map((value, i) => (rationale.has(Math.floor(i / 2)) ? 0 : value)),
        ),
      alone:
        whole -
        fixture.outputOn(
          n,
          x.map((value, i) => (rationale.has(Math.floor(i / 2)) ? value : 0)),
        ),
    };
  }

  it('are how far the output falls without a rationale, and with it alone', async () => {
    const maps = fixture.mapsOf([4, 5], distinct);
    const { measures } = await fixture.score(comprehensiveness, maps, { keepFraction: [0.3, 0.01] });
    for (let n = 0; n < 3; n++) {
      // ⌊20 · 0.3⌋, and of 1 % at least one.
      for (const [s, count] of [6, 1].entries()) {
        const { without, alone } = falls(fixture.own(maps, n), n, count);
        // The engine's outputs are float32 numbers: each within 3e-8.
        expect(measures.comprehensiveness?.[s * 3 + n]).toBeCloseTo(without, 6);
        expect(measures.sufficiency?.[s * 3 + n]).toBeCloseTo(alone, 6);
      }
    }
  });

  it('are means over bins by default, each of which counts although two keep as much', async () => {
    const maps = fixture.mapsOf([4, 5], distinct);
    const { measures } = await fixture.score(comprehensiveness, maps, {});
    for (let n = 0; n < 3; n++) {
      const all = [1, 1, 2, 4, 10].map((count) => falls(fixture.own(maps, n), n, count));
      const mean = (of: 'without' | 'alone') => all.reduce((sum, one) => sum + one[of], 0) / 5;
      expect(measures.comprehensiveness?.[n]).toBeCloseTo(mean('without'), 6);
      expect(measures.sufficiency?.[n]).toBeCloseTo(mean('alone'), 6);
    }
    const settings = comprehensiveness.settings(comprehensiveness.params.parse({}), fixture.engine.model);
    expect(settings).toEqual([{ bins: [0.01, 0.05, 0.1, 0.2, 0.5], units: 'positions', baseline: 'zero' }]);
    expect(comprehensiveness.passes(settings, fixture.engine.model)).toEqual({ forward: 8, gradient: 0 });
  });

  it('change places where a map is turned over and the other half is kept', async () => {
    const maps = fixture.mapsOf([4, 5], distinct);
    const turned = { shape: maps.shape, data: maps.data.map((value) => -value) };
    const [straight, reversed] = [
      await fixture.score(comprehensiveness, maps, { keepFraction: 0.3 }),
      await fixture.score(comprehensiveness, turned, { keepFraction: 0.7 }),
    ];
    expect([...(straight.measures.comprehensiveness ?? [])]).toEqual([...(reversed.measures.sufficiency ?? [])]);
    expect([...(straight.measures.sufficiency ?? [])]).toEqual([...(reversed.measures.comprehensiveness ?? [])]);
  });

  it('do not depend on which samples are scored together, ties and drawn values included', async () => {
    const maps = fixture.mapsOf([4, 5], tying);
    const params = { keepFraction: [0.25, 0.5], bins: [0.1, 0.9], repeats: 3, baseline: 'uniform', target: 'logit' };
    const whole = await fixture.score(comprehensiveness, maps, params);
    const parts = await Promise.all([0, 1, 2].map((n) => fixture.scoreSome(comprehensiveness, maps, params, [n, n + 1])));
    for (const name of ['comprehensiveness', 'sufficiency', 'ties']) {
      for (let at = 0; at < 9; at++) expect(whole.measures[name]?.[at]).toBe(parts[at % 3]?.measures[name]?.[Math.floor(at / 3)]);
    }
    expect(whole.measures.ties?.some((tied) => tied === 1)).toBe(true);
  });

  it('refuse a rationale of nothing or of all, and name samples whose map is not finite', async () => {
    expect(metric('comprehensiveness')).toBe(comprehensiveness);
    for (const params of [{ keepFraction: 0 }, { keepFraction: 1 }, { bins: [] }])
      expect(comprehensiveness.params.safeParse(params).success).toBe(false);
    const holed = fixture.mapsOf([4, 5], (i) => (i === 25 ? Infinity : i));
    await expect(fixture.score(comprehensiveness, holed, {})).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has a map/) as string,
    });
  });
});
