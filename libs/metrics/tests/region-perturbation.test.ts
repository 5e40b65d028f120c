import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/quantus/removal_in_order.json' with { type: 'json' };
import { regionPerturbation } from '../src/faithfulness/region-perturbation.js';
import { metric } from '../src/index.js';
import { randomStreams } from '../src/random-streams.js';
import { goldenRequest } from './golden-request.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';

/** Positions of each patch of 2 × 2 over 5 × 4, the last row of patches cut off. */
const patches = [0, 1, 2].flatMap((row) =>
  [0, 1].map((column) => {
    const rows = row === 2 ? [4] : [2 * row, 2 * row + 1];
    return rows.flatMap((y) => [2 * column, 2 * column + 1].map((x) => 4 * y + x));
  }),
);

describe('region perturbation', () => {
  it.each([
    ['zero', 100],
    ['minimum', 100],
    ['zero', 4],
  ])('is the mean fall that perturbing region by region gives: baseline %s, %i regions', async (baseline, regions) => {
    const fixture = fixtureOf([5, 4, 2]);
    const { outputOn, own, inputs } = fixture;
    const maps = fixture.mapsOf([5, 4, 2], distinct);
    const { measures } = await fixture.score(regionPerturbation, maps, { patch: 2, baseline, regions });
    for (let n = 0; n < 3; n++) {
      const x = own(inputs, n);
      const map = own(maps, n);
      const values = (patch: number) => (patches[patch] ?? []).flatMap((p) => [2 * p, 2 * p + 1]);
      const order = descending(patches.map((_, patch) => values(patch).reduce((sum, at) => sum + (map[at] ?? NaN), 0)));
      const [low, whole] = [Math.min(...x), outputOn(n, x)];
      const falls = [0];
      for (const patch of order.slice(0, regions)) {
        for (const at of values(patch)) x[at] = baseline === 'zero' ? 0 : low;
        falls.push(whole - outputOn(n, x));
      }
      const aopc = falls.reduce((sum, fall) => sum + fall, 0) / falls.length;
      // f(x) and each f_k are rounded to float32, here not: 6e-8 of at most 1 each.
      expect(Math.abs((measures.aopc?.[n] ?? NaN) - aopc)).toBeLessThan(1.2e-7);
    }
    expect([...(measures.ties ?? [])]).toEqual([0, 0, 0]);
  });

  it('replaces by noise between the extremes of the sample, other noise each time, and takes the mean', async () => {
    const fixture = fixtureOf([4, 1]);
    const maps = fixture.mapsOf([4], (i) => -i);
    const { measures } = await fixture.score(regionPerturbation, maps, { patch: 1, repeats: 2 });
    for (let n = 0; n < 3; n++) {
      const x = fixture.own(fixture.inputs, n);
      const [low, high] = [Math.min(...x), Math.max(...x)];
      const random = sampleRandom(5, n, randomStreams.regionPerturbation);
      const whole = fixture.outputOn(n, x);
      const aopcs = [0, 1].map(() => {
        const noise = x.map(() => 0);
        for (const at of noise.keys()) noise[at] = low + (high - low) * random.uniform();
        const falls = [1, 2, 3, 4].map(
          (count) =>
            whole -
            fixture.outputOn(
              n,
              Float32Array.from(x, (v, at) => (at < count ? (noise[at] ?? NaN) : v)),
            ),
        );
        return falls.reduce((sum, fall) => sum + fall, 0) / 5;
      });
      expect(Math.abs((measures.aopc?.[n] ?? NaN) - ((aopcs[0] ?? NaN) + (aopcs[1] ?? NaN)) / 2)).toBeLessThan(1.2e-7);
      expect(aopcs[0]).not.toBe(aopcs[1]);
    }
  });

  it.each(goldens.cases)(
    'by definition quantus is the AUC of Quantus, $inputShape',
    async ({ regionPerturbation: expected, ...golden }) => {
      for (const [asked, areas] of Object.entries(expected)) {
        const [patch = 0, regions = 0] = [...asked.matchAll(/\d+/g)].map(Number);
        const { measures } = await goldenRequest(golden).score(regionPerturbation, { definition: 'quantus', patch, regions });
        for (const [n, area] of areas.entries()) {
          // Outputs are float32 on both sides: of each fall two roundings here and two there, of at most 9 falls.
          expect(Math.abs((measures.aopc?.[n] ?? NaN) - area)).toBeLessThan(9 * 2.4e-7);
        }
      }
    },
  );

  it('is larger of exact attributions than of their negatives', async () => {
    const fixture = fixtureOf([6, 6, 1]);
    const exact = fixture.mapsOf([6, 6], (i) => {
      const c = fixture.classes[Math.floor(i / 36)] ?? NaN;
      return (fixture.inputs.data[i] ?? NaN) * Math.cos(3 * (i % 36) + 5 * c);
    });
    const negative = { ...exact, data: exact.data.map((value) => -value) };
    const params = { patch: 2, baseline: 'zero', target: 'logit' };
    const [own, other] = [
      await fixture.score(regionPerturbation, exact, params),
      await fixture.score(regionPerturbation, negative, params),
    ];
    for (let n = 0; n < 3; n++) expect(own.measures.aopc?.[n]).toBeGreaterThan(other.measures.aopc?.[n] ?? NaN);
  });

  it('does not depend on which samples are scored together', async () => {
    const fixture = fixtureOf([5, 4, 1]);
    const maps = fixture.mapsOf([5, 4], tying);
    const params = { patch: 1, repeats: 2 };
    const [whole, first, rest] = [
      await fixture.score(regionPerturbation, maps, params),
      await fixture.scoreSome(regionPerturbation, maps, params, [0, 1]),
      await fixture.scoreSome(regionPerturbation, maps, params, [1, 3]),
    ];
    for (const name of ['aopc', 'ties'])
      expect([...(whole.measures[name] ?? [])]).toEqual([...(first.measures[name] ?? []), ...(rest.measures[name] ?? [])]);
    expect([...(whole.measures.ties ?? [])]).toEqual([1, 1, 1]);
  });

  it('says that units tie only where a step parts them', async () => {
    const fixture = fixtureOf([4, 1]);
    const maps = fixture.mapsOf([4], (i) => [3, 2, 1, 1][i % 4] ?? NaN);
    const tiesAt = async (regions: number) => {
      const { measures } = await fixture.score(regionPerturbation, maps, { patch: 1, regions, baseline: 'zero' });
      return [...(measures.ties ?? [])];
    };
    expect([await tiesAt(2), await tiesAt(3)]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
  });

  it('has the defaults of its source, and of a table a region for each feature', () => {
    expect(metric('region-perturbation')).toBe(regionPerturbation);
    const settingsOf = (shape: readonly number[], params: object) =>
      regionPerturbation.settings(regionPerturbation.params.parse(params), fixtureOf(shape).engine.model);
    const [paper, quantus] = settingsOf([28, 28, 1], { definition: ['paper', 'quantus'] });
    expect(paper).toEqual({ patch: 9, regions: 100, baseline: 'uniform', repeats: 10 });
    expect(quantus).toEqual({ definition: 'quantus', patch: 8, regions: 100, baseline: 'minimum', repeats: 1 });
    expect(settingsOf([7], { baseline: 0.5 })).toEqual([expect.objectContaining({ patch: 1, baseline: 0.5 })]);
    const model = fixtureOf([28, 28, 1]).engine.model;
    // 4 × 4 regions of 9, ten times.
    expect(regionPerturbation.passes([paper ?? {}], model)).toEqual({ forward: 160, gradient: 0 });
  });

  it('refuses a patch larger than the input, and neighbours in a table', () => {
    const settingsOf = (shape: readonly number[], params: object) => () =>
      regionPerturbation.settings(regionPerturbation.params.parse(params), fixtureOf(shape).engine.model);
    expect(settingsOf([8, 8, 1], {})).toThrow(
      expect.objectContaining({
        code: 'SHAPE_MISMATCH',
        message: expect.stringContaining('Say a patch of at most 8.') as string,
      }),
    );
    expect(settingsOf([8], { patch: 2, baseline: 'zero' })).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('Say patch: 1.') as string }),
    );
    expect(settingsOf([8], {})).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });
});
