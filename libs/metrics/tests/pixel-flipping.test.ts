import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/quantus/removal_in_order.json' with { type: 'json' };
import { pixelFlipping } from '../src/faithfulness/pixel-flipping.js';
import { metric } from '../src/index.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';
import { goldenRequest } from './golden-request.js';

// Outputs are rounded to float32 once, here not at all: 6e-8 of at most 1, in the mean of steps as in one.
const ROUNDING = 6e-8;

describe('pixel flipping', () => {
  it.each([
    ['zero', 1],
    ['inverted', 1],
    ['minimum', 1],
    ['inverted', 3],
  ])('is the area that flipping pixel by pixel gives: baseline %s, %i a step', async (baseline, perStep) => {
    const fixture = fixtureOf([4, 5, 2]);
    const { outputOn, own, inputs, samples } = fixture;
    const maps = fixture.mapsOf([4, 5, 2], distinct);
    const { measures } = await fixture.score(pixelFlipping, maps, { baseline, perStep });
    for (let n = 0; n < samples; n++) {
      const x = own(inputs, n);
      const map = own(maps, n);
      const [low, high] = [Math.min(...x), Math.max(...x)];
      const flipped = (value: number) => ({ zero: 0, inverted: low + high - value, minimum: low })[baseline] ?? NaN;
      const order = descending(Array.from({ length: 20 }, (_, p) => (map[2 * p] ?? NaN) + (map[2 * p + 1] ?? NaN)));
      const points: (readonly [share: number, output: number])[] = [[0, outputOn(n, x)]];
      for (let from = 0; from < 20; from += perStep) {
        for (const p of order.slice(from, from + perStep)) for (const at of [2 * p, 2 * p + 1]) x[at] = flipped(x[at] ?? NaN);
        points.push([Math.min(20, from + perStep) / 20, outputOn(n, x)]);
      }
      const area = points.slice(1).reduce((sum, [share, output], k) => {
        const [before, last] = points[k] ?? [NaN, NaN];
        return sum + ((share - before) * (output + last)) / 2;
      }, 0);
      expect(Math.abs((measures.flippingArea?.[n] ?? NaN) - area)).toBeLessThan(ROUNDING);
    }
    expect([...(measures.ties ?? [])]).toEqual([0, 0, 0]);
  });

  // Of a model that is linear in x, reading logits, and a map that is exact: f_k falls by the k largest, so the area is a sum that can be written.
  it('of exact attributions of a linear model is the smallest of all orders', async () => {
    const fixture = fixtureOf([6, 1]);
    const exact = fixture.mapsOf([6], (i) => {
      const n = Math.floor(i / 6);
      return (fixture.inputs.data[i] ?? NaN) * Math.cos(3 * (i % 6) + 5 * (fixture.classes[n] ?? NaN));
    });
    const params = { baseline: 'zero', target: 'logit' };
    const { measures } = await fixture.score(pixelFlipping, exact, params);
    for (let n = 0; n < 3; n++) {
      const parts = [...fixture.own(exact, n)].sort((a, b) => b - a);
      const total = parts.reduce((sum, part) => sum + part, 0);
      let [left, area] = [total, 0];
      for (const part of parts) {
        area += (left + left - part) / 2 / 6;
        left -= part;
      }
      // Maps are float32 here too: 6e-8 of six parts below 1.
      expect(Math.abs((measures.flippingArea?.[n] ?? NaN) - area)).toBeLessThan(3e-7);
      for (const seed of [1, 2, 3]) {
        const other = fixture.mapsOf([6], (i) => Math.sin(seed * 7 * i));
        const { measures: others } = await fixture.score(pixelFlipping, other, params);
        expect(others.flippingArea?.[n]).toBeGreaterThanOrEqual((measures.flippingArea?.[n] ?? NaN) - 1e-7);
      }
    }
  });

  it.each(goldens.cases)(
    'by definition quantus is the AUC of Quantus, $inputShape',
    async ({ pixelFlipping: expected, ...golden }) => {
      for (const [step, areas] of Object.entries(expected)) {
        const { score, steps } = goldenRequest(golden);
        const { measures } = await score(pixelFlipping, { definition: 'quantus', perStep: Number(step) });
        // Quantus reads outputs in float32, as we do: 1.2e-7 of each step's, both roundings together.
        for (const [n, area] of areas.entries()) {
          expect(Math.abs((measures.flippingArea?.[n] ?? NaN) - area)).toBeLessThan((1.2e-7 * steps) / Number(step));
        }
      }
    },
  );

  it('takes units that tie in a random order, the same whatever is scored together', async () => {
    const fixture = fixtureOf([4, 5, 1]);
    const maps = fixture.mapsOf([4, 5], tying);
    const params = { definition: ['paper', 'quantus'], perStep: [1, 3], baseline: 'uniform', repeats: 3 };
    const whole = await fixture.score(pixelFlipping, maps, params);
    const [first, rest] = [
      await fixture.scoreSome(pixelFlipping, maps, params, [0, 1]),
      await fixture.scoreSome(pixelFlipping, maps, params, [1, 3]),
    ];
    for (const name of ['flippingArea', 'ties']) {
      const bySetting = ([...values]: Iterable<number>, count: number) =>
        Array.from({ length: 4 }, (_, s) => values.slice(s * count, (s + 1) * count));
      const parts = bySetting(first.measures[name] ?? [], 1).map((one, s) => [
        ...one,
        ...(bySetting(rest.measures[name] ?? [], 2)[s] ?? []),
      ]);
      expect(bySetting(whole.measures[name] ?? [], 3)).toEqual(parts);
    }
    expect([...(whole.measures.ties ?? [])]).toEqual(Array.from({ length: 12 }, () => 1));
  });

  it('of a constant map is on average the mean over all orders', async () => {
    // Four positions have 24 orders: the mean of 400 random ones is within 5 standard errors.
    const fixture = fixtureOf([4, 1]);
    const maps = fixture.mapsOf([4], () => 0.5);
    const { measures } = await fixture.score(pixelFlipping, maps, { baseline: 'zero', repeats: 400 });
    const orders = permutations([0, 1, 2, 3]);
    for (let n = 0; n < 3; n++) {
      const areas = orders.map((order) => {
        const x = fixture.own(fixture.inputs, n);
        const outputs = [fixture.outputOn(n, x)];
        for (const p of order) {
          x[p] = 0;
          outputs.push(fixture.outputOn(n, x));
        }
        return (outputs.reduce((sum, output) => sum + output, 0) - ((outputs[0] ?? NaN) + (outputs[4] ?? NaN)) / 2) / 4;
      });
      const mean = areas.reduce((sum, area) => sum + area, 0) / 24;
      const deviation = Math.sqrt(areas.reduce((sum, area) => sum + (area - mean) ** 2, 0) / 24);
      expect(Math.abs((measures.flippingArea?.[n] ?? NaN) - mean)).toBeLessThan((5 * deviation) / Math.sqrt(400));
    }
  });

  it('makes no pass twice for samples of which nothing is drawn', async () => {
    const fixture = fixtureOf([4, 5, 1]);
    const maps = fixture.mapsOf([4, 5], (i) => (i < 20 ? tying(i) : distinct(i)));
    await fixture.score(pixelFlipping, maps, { baseline: 'zero', repeats: 3 });
    const rows = fixture.requests.reduce((sum, { sampleOf }) => sum + sampleOf.length, 0);
    expect(rows).toBe(20 * (3 + 1 + 1));
    const settings = pixelFlipping.settings(pixelFlipping.params.parse({ baseline: 'zero', repeats: 3 }), fixture.engine.model);
    expect(pixelFlipping.passes(settings, fixture.engine.model)).toEqual({ forward: 60, gradient: 0, atMost: true });
  });

  it('has the defaults of its source', () => {
    expect(metric('pixel-flipping')).toBe(pixelFlipping);
    const { engine } = fixtureOf([4, 5, 1]);
    const settingsOf = (params: object) => pixelFlipping.settings(pixelFlipping.params.parse(params), engine.model);
    expect(settingsOf({ definition: ['paper', 'quantus'] })).toEqual([
      { perStep: 1, units: 'positions', baseline: 'inverted' },
      { definition: 'quantus', perStep: 1, units: 'values', baseline: 'minimum' },
    ]);
  });

  it('names the sample whose map or output is not finite, and refuses a mirrored table', async () => {
    const fixture = fixtureOf([4, 5, 1]);
    const broken = fixture.mapsOf([4, 5], (i) => (i === 25 ? NaN : i));
    await expect(fixture.score(pixelFlipping, broken, {})).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has a map/) as string,
    });
    const maps = fixture.mapsOf([4, 5], distinct);
    const predictions = { shape: [3, 3], data: Float32Array.of(0.2, 0.3, 0.5, 0.2, 0.3, 0.5, 0.2, 0.3, NaN) };
    await expect(fixture.score(pixelFlipping, maps, {}, { predictions })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 2 has no score at \{"baseline":"inverted"/) as string,
    });
    const table = fixtureOf([5]).engine.model;
    expect(() => pixelFlipping.settings(pixelFlipping.params.parse({}), table)).toThrow(
      expect.objectContaining({
        code: 'SHAPE_MISMATCH',
        message: expect.stringContaining('one number for each feature') as string,
      }),
    );
  });
});

function permutations(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value) => permutations(values.filter((other) => other !== value)).map((rest) => [value, ...rest]));
}
