import { sampleRandom, slic } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import golden from '../../../tests/parity/quantus/irof.json' with { type: 'json' };
import { irof } from '../src/faithfulness/irof.js';
import { metric } from '../src/index.js';
import { goldenRequest } from './golden-request.js';
import { descending, distinct, fixtureOf } from './removal-fixture.js';

describe('IROF', () => {
  it('is the area that replacing superpixels one by one gives', async () => {
    const fixture = fixtureOf([12, 10, 3]);
    const maps = fixture.mapsOf([12, 10], distinct);
    const options = { segments: 20, compactness: 10 };
    const { measures } = await fixture.score(irof, maps, options);
    for (let n = 0; n < 3; n++) {
      const x = fixture.own(fixture.inputs, n);
      const map = fixture.own(maps, n);
      const { segmentOf, count } = slic(x, [12, 10, 3], options);
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const of = (segment: number) => [...segmentOf.keys()].filter((p) => segmentOf[p] === segment);
      const order = descending(Array.from({ length: count }, (_, segment) => mean(of(segment).map((p) => map[p] ?? NaN))));
      const fill = [0, 1, 2].map((c) => mean([...x].filter((_, at) => at % 3 === c)));
      const first = fixture.outputOn(n, x);
      const shares = [1];
      for (const segment of order) {
        for (const p of of(segment)) for (const c of [0, 1, 2]) x[3 * p + c] = fill[c] ?? NaN;
        shares.push(fixture.outputOn(n, x) / first);
      }
      const area = (shares.reduce((sum, share) => sum + share, 0) - (1 + (shares.at(-1) ?? NaN)) / 2) / count;
      // The means are stored, and outputs read, in float32: each moves an output of about 0.3 by less than 1e-7, over an f(x) of as much.
      expect(Math.abs((measures.irof?.[n] ?? NaN) - (1 - area))).toBeLessThan(1e-6);
      expect(measures.segments?.[n]).toBe(count);
    }
    expect([...(measures.ties ?? [])]).toEqual([0, 0, 0]);
  });

  it('says where superpixels are one, as those of coloured noise', async () => {
    const fixture = fixtureOf([12, 10, 3]);
    const random = sampleRandom(0, 0, 0);
    const inputs = fixture.mapsOf([12, 10, 3], () => random.uniform() / 100);
    const { measures } = await fixture.score(irof, fixture.mapsOf([12, 10], distinct), { segments: 4 }, { inputs });
    expect([...(measures.segments ?? []), ...(measures.oneSegment ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
    const { measures: apart } = await fixture.score(
      irof,
      fixture.mapsOf([12, 10], distinct),
      { segments: 4, compactness: 1000 },
      { inputs },
    );
    expect(Math.min(...(apart.segments ?? []))).toBeGreaterThan(3);
    expect([...(apart.oneSegment ?? [])]).toEqual([0, 0, 0]);
  });

  it('is 0 of a model that ignores its input, and 1 by definition quantus', async () => {
    const fixture = fixtureOf([8, 8, 1]);
    const maps = fixture.mapsOf([8, 8], distinct);
    const engine = {
      ...fixture.engine,
      scoreMasks: ({ sampleOf }: { sampleOf: Int32Array }) =>
        Promise.resolve({
          outputs: { shape: [sampleOf.length, 3], data: Float32Array.from({ length: 3 * sampleOf.length }, () => 1 / 3) },
        }),
    };
    const predictions = { shape: [3, 3], data: new Float32Array(9).fill(1 / 3) };
    const scored = async (definition: string) => {
      const { measures } = await fixture.score(irof, maps, { definition, segments: 16 }, { engine, predictions });
      return [...(measures.irof ?? [])];
    };
    expect(await scored('paper')).toEqual([0, 0, 0]);
    expect(await scored('quantus')).toEqual([1, 1, 1]);
  });

  it('by definition quantus is what Quantus gives to each sample alone', async () => {
    const { measures } = await goldenRequest(golden).score(irof, { definition: 'quantus' });
    for (const [n, expected] of golden.irof.entries()) {
      const found = measures.irof?.[n] ?? NaN;
      // Of each of 64 shares of about 1, both outputs are rounded to float32, here and there: four roundings of 6e-8.
      expect(Math.abs(found - expected)).toBeLessThan(64 * 2.4e-7);
      // What it gives to the same sample in a batch of three is farther off.
      expect(Math.abs((golden.inOneBatch[n] ?? NaN) - expected)).toBeGreaterThan(0.01);
    }
  });

  it('cuts signals and tables into pieces of equal length', async () => {
    const fixture = fixtureOf([7, 1]);
    const maps = fixture.mapsOf([7], distinct);
    const { measures } = await fixture.score(irof, maps, { segments: 3, baseline: 'zero' });
    const pieces = [
      [0, 1, 2],
      [3, 4],
      [5, 6],
    ];
    for (let n = 0; n < 3; n++) {
      const x = fixture.own(fixture.inputs, n);
      const map = fixture.own(maps, n);
      const first = fixture.outputOn(n, x);
      const order = descending(pieces.map((piece) => piece.reduce((sum, p) => sum + (map[p] ?? NaN), 0) / piece.length));
      const [a = NaN, b = NaN, c = NaN] = order.map((piece) => {
        for (const p of pieces[piece] ?? []) x[p] = 0;
        return fixture.outputOn(n, x) / first;
      });
      // Two roundings to float32 of outputs of about f(x).
      expect(Math.abs((measures.irof?.[n] ?? NaN) - (1 - (0.5 + a + b + c / 2) / 3))).toBeLessThan(3e-7);
    }
    const table = fixtureOf([5]);
    const { measures: own } = await table.score(irof, table.mapsOf([5], distinct), { baseline: 'zero' });
    expect([...(own.segments ?? [])]).toEqual([5, 5, 5]);
  });

  it('does not depend on which samples are scored together, nor on how many segments these have', async () => {
    const fixture = fixtureOf([12, 10, 1]);
    // Few segments, and loose ones, so that samples have different numbers of them.
    const params = { segments: 30, compactness: 0.05, repeats: 2, baseline: 'uniform' };
    const maps = fixture.mapsOf([12, 10], (i) => Math.round(Math.sin(2.1 * Math.floor(i / 40))));
    const [whole, first, rest] = [
      await fixture.score(irof, maps, params),
      await fixture.scoreSome(irof, maps, params, [0, 1]),
      await fixture.scoreSome(irof, maps, params, [1, 3]),
    ];
    for (const name of ['irof', 'segments', 'ties'])
      expect([...(whole.measures[name] ?? [])]).toEqual([...(first.measures[name] ?? []), ...(rest.measures[name] ?? [])]);
    expect(new Set(whole.measures.segments).size).toBeGreaterThan(1);
    const settings = irof.settings(irof.params.parse(params), fixture.engine.model);
    const { forward, atMost } = irof.passes(settings, fixture.engine.model);
    expect(atMost).toBe(true);
    expect(2 * Math.max(...(whole.measures.segments ?? []))).toBeLessThanOrEqual(forward);
  });

  it('has the defaults of its source, and refuses what Quantus cannot do', () => {
    expect(metric('irof')).toBe(irof);
    const settingsOf = (shape: readonly number[], params: object) =>
      irof.settings(irof.params.parse(params), fixtureOf(shape).engine.model);
    expect(settingsOf([8, 8, 1], { definition: ['paper', 'quantus'] })).toEqual([
      { segments: 300, compactness: 10, baseline: 'mean' },
      { definition: 'quantus', segments: 100, compactness: 10 },
    ]);
    for (const [shape, params, message] of [
      [[8, 8, 3], { definition: 'quantus' }, 'one channel'],
      [[8, 1], { definition: 'quantus' }, 'one channel'],
      [[8, 8, 1], { definition: 'quantus', baseline: 'zero' }, 'takes no baseline'],
    ] as const) {
      expect(() => settingsOf(shape, params)).toThrow(
        expect.objectContaining({ code: 'SPEC_INVALID', message: expect.stringContaining(message) as string }),
      );
    }
    expect(() => settingsOf([5], {})).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });

  it('names the sample whose output is 0, by which it would divide', async () => {
    const fixture = fixtureOf([8, 8, 1]);
    const predictions = { shape: [3, 3], data: Float32Array.of(1, 0, 0, 1, 0, 0, 0, 0, 1) };
    await expect(fixture.score(irof, fixture.mapsOf([8, 8], distinct), { segments: 4 }, { predictions })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has no IROF/) as string,
    });
  });
});
