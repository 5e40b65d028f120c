import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import golden from '../../../tests/parity/saliency/information_curve.json' with { type: 'json' };
import { pic } from '../src/faithfulness/pic.js';
import { compressedSize } from '../src/faithfulness/pic/compressed-size.js';
import { informationArea } from '../src/faithfulness/pic/information-curve.js';
import { metric } from '../src/index.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';

describe('the area under a performance information curve', () => {
  it.each(golden.cases)('is that of saliency: $area', ({ information, performance, area }) => {
    const [whole = NaN, blurred = NaN, ...between] = information;
    const [wholeOutput = NaN, blurredOutput = NaN, ...outputs] = performance;
    const found = informationArea({
      whole: { information: whole, performance: wholeOutput },
      blurred: { information: blurred, performance: blurredOutput },
      between: between.map((size, at) => ({ information: size, performance: outputs[at] ?? NaN })),
    });
    // The package takes 200 000 steps; each misses a corner of the curve by less than its width squared: 2.5e-11 each.
    expect(found).toBeCloseTo(area, 8);
  });

  const ends = { blurred: { information: 10, performance: 0.2 }, whole: { information: 30, performance: 0.6 } };
  it('is a half where performance keeps up with information, and performance never falls', () => {
    const at = (information: number, performance: number) => ({ information, performance });
    expect(informationArea({ ...ends, between: [at(20, 0.4)] })).toBeCloseTo(0.5, 12);
    // Points (0.25, 1), and (0.5, 1) although performance is back at 0.
    expect(informationArea({ ...ends, between: [at(15, 0.9), at(20, 0.1)] })).toBeCloseTo(0.125 + 0.75, 12);
    // What is gained without information does not count.
    expect(informationArea({ ...ends, between: [at(5, 0.6), at(20, 0.4)] })).toBeCloseTo((0.5 * 1) / 2 + 0.5, 12);
  });

  it('does not exist where blurring takes nothing away', () => {
    expect(informationArea({ ...ends, whole: ends.blurred, between: [] })).toBeUndefined();
    expect(informationArea({ ...ends, whole: { information: 30, performance: 0.2 }, between: [] })).toBeUndefined();
    expect(informationArea({ ...ends, whole: { information: 10, performance: 0.6 }, between: [] })).toBeUndefined();
  });
});

describe('the compressed size', () => {
  it('is that of differences to the value before, of the same channel, in 256 levels', () => {
    const size = compressedSize(Float32Array.of(0, 1, 0.5, 1, 0.5, 0), [3, 2], { min: 0, max: 1 });
    expect(size).toBe(deflateRawSync(Uint8Array.of(0, 255, 128, 0, 0, 1), { level: 9 }).length);
  });
  it('is smaller of a level image than of a ramp, and of a ramp than of noise', () => {
    const sizeOf = (at: (i: number) => number) =>
      compressedSize(
        Float32Array.from({ length: 900 }, (_, i) => at(i)),
        [30, 30, 1],
        { min: 0, max: 1 },
      );
    const [level, ramp, noise] = [
      sizeOf(() => 0.5),
      sizeOf((i) => (i % 30) / 30),
      sizeOf((i) => (Math.sin(i * 12.9898) * 43758.5) % 1),
    ];
    expect(level).toBeLessThan(ramp);
    expect(ramp).toBeLessThan(noise);
  });
});

describe('performance information curves', () => {
  const fixture = fixtureOf([6, 5, 2]);
  const maps = fixture.mapsOf([6, 5], distinct);

  it('are drawn of samples that are sharp where the map is highest', async () => {
    const { measures } = await fixture.score(pic, maps, { fractions: [0.2, 0.6], baseline: 0.01 });
    let curves = 0;
    for (let n = 0; n < 3; n++) {
      const x = fixture.own(fixture.inputs, n);
      const order = descending(fixture.own(maps, n));
      const extremes = { min: Math.min(...x), max: Math.max(...x) };
      const [blurred, ...between] = [0, 6, 18, 30].map((count) => {
        const sharp = new Set(order.slice(0, count));
        const values = x.map((value, i) => (sharp.has(Math.floor(i / 2)) ? value : Math.fround(0.01)));
        return { information: compressedSize(values, [6, 5, 2], extremes), performance: fixture.outputOn(n, values) };
      });
      const whole = between.pop();
      const area = blurred && whole && informationArea({ blurred, whole, between });
      expect(measures.sic?.[n]).toBeCloseTo(area ?? 0, 6);
      expect(measures.noSic?.[n]).toBe(area === undefined ? 1 : 0);
      curves += area === undefined ? 0 : 1;
    }
    expect(curves).toBeGreaterThan(0);
  });

  it('lie between 0 and 1, and have no accuracy to gain where the scored class is not predicted', async () => {
    const { measures } = await fixture.score(pic, maps, { baseline: 'mean', target: 'logit' });
    for (const name of ['sic', 'aic']) {
      for (const value of measures[name] ?? []) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
    const classes = fixture.classes.map((one) => (one + 1) % 3);
    const { predictions } = fixture.request(maps);
    const missed = await fixture.score(pic, maps, { baseline: 'mean' }, { classes });
    for (let n = 0; n < 3; n++) {
      const row = predictions.data.subarray(n * 3, n * 3 + 3);
      if (row.indexOf(Math.max(...row)) !== classes[n])
        expect([missed.measures.aic?.[n], missed.measures.noAic?.[n]]).toEqual([0, 1]);
    }
  });

  it('do not depend on which samples are scored together', async () => {
    const ties = fixture.mapsOf([6, 5], tying);
    const params = { baseline: { blur: 1 }, target: ['probability', 'logit'] };
    const whole = await fixture.score(pic, ties, params);
    const parts = await Promise.all([0, 1, 2].map((n) => fixture.scoreSome(pic, ties, params, [n, n + 1])));
    for (const [name, values] of Object.entries(whole.measures)) {
      for (const [at, value] of values.entries()) expect(value).toBe(parts[at % 3]?.measures[name]?.[Math.floor(at / 3)]);
    }
    expect([...(whole.measures.ties ?? [])]).toContain(1);
  });

  it('have the thresholds of saliency, and refuse tables and maps that are not finite', async () => {
    expect(metric('pic')).toBe(pic);
    const [setting] = pic.settings(pic.params.parse({}), fixture.engine.model);
    expect(setting).toMatchObject({ baseline: { blur: 10 } });
    expect(setting?.fractions).toHaveLength(13);
    expect(() => pic.settings(pic.params.parse({ baseline: 0 }), fixtureOf([5]).engine.model)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('no neighbours') as string }),
    );
    const holed = fixture.mapsOf([6, 5], (i) => (i === 40 ? NaN : i));
    await expect(fixture.score(pic, holed, {})).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has a map/) as string,
    });
  });
});
