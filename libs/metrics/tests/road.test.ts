import { describe, expect, it } from 'vitest';
import gradCam from '../../../tests/parity/pytorch-grad-cam/road.json' with { type: 'json' };
import quantus from '../../../tests/parity/quantus/road.json' with { type: 'json' };
import { road } from '../src/faithfulness/road.js';
import { roadCombined } from '../src/faithfulness/road-combined.js';
import { linearImputation, neighboursOf } from '../src/faithfulness/road/linear-imputation.js';
import { metric } from '../src/index.js';
import { goldenRequest } from './golden-request.js';
import { descending, distinct, fixtureOf, tying } from './removal-fixture.js';

describe('linear imputation', () => {
  it.each(quantus.imputation.cases)('solves what Quantus solves with SciPy: $missing.length missing', ({ missing, imputed }) => {
    const neighbours = neighboursOf([10, 10]);
    for (const [channel, image] of quantus.imputation.image.entries()) {
      const values = Float64Array.from(image);
      linearImputation(Int32Array.from(missing), neighbours)(values);
      // Positions miss the mean of their neighbours by 1e-8 of the largest value, and their errors add up over a few.
      for (const [position, value] of values.entries()) expect(value).toBeCloseTo(imputed[channel]?.[position] ?? NaN, 6);
    }
  });

  it('draws a straight line through a gap of a signal, and goes on levelly to its end', () => {
    const values = Float64Array.of(5, 1, 9, 9, 4, 0);
    linearImputation(Int32Array.of(0, 2, 3, 5), neighboursOf([6]))(values);
    for (const [at, value] of [1, 1, 2, 3, 4, 4].entries()) expect(values[at]).toBeCloseTo(value, 6);
  });

  it('leaves each position of a large gap at the mean of its neighbours, where multigrid is needed', () => {
    const [height, width] = [70, 90];
    const neighbours = neighboursOf([height, width]);
    const values = Float64Array.from({ length: height * width }, (_, i) => Math.sin(0.37 * i) + i / 3000);
    const missing = Int32Array.from(values.keys()).filter((i) => i % width > 1 && i > 3 * width);
    linearImputation(missing, neighbours)(values);
    const gone = new Set(missing);
    for (const position of gone) {
      const [y, x] = [Math.floor(position / width), position % width];
      let [sum, total] = [0, 0];
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const weight = (dy === 0) === (dx === 0) ? (dy === 0 ? 0 : 1) : 2;
          if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
          sum += weight * (values[(y + dy) * width + x + dx] ?? NaN);
          total += weight;
        }
      }
      // 1e-8 of the largest value, 3, in the root mean square over 6000 positions: one of them may have all of it.
      expect(Math.abs((values[position] ?? NaN) - sum / total)).toBeLessThan(3e-6);
    }
  });

  it('weighs those across an edge of a cell less: of a volume 1, 1/2 and 1/3', () => {
    const { totals, weights } = neighboursOf([3, 3, 3]);
    expect(weights.length).toBe(26);
    // 6 beside, 12 across an edge, 8 across a corner; in a corner 3, 3 and 1 of them exist.
    expect(totals[13]).toBeCloseTo(6 + 12 / 2 + 8 / 3, 12);
    expect(totals[0]).toBeCloseTo(3 + 3 / 2 + 1 / 3, 12);
  });
});

describe('ROAD', () => {
  it('is the mean, over fractions, of what the model says of samples with the highest positions imputed', async () => {
    const fixture = fixtureOf([6, 2]);
    const maps = fixture.mapsOf([6], distinct);
    const params = { fractions: [0.2, 0.5], noise: 0 };
    const { measures } = await fixture.score(roadCombined, maps, params);
    for (let n = 0; n < 3; n++) {
      const falling = descending(fixture.own(maps, n));
      const [morf, lerf] = [falling, falling.toReversed()].map((order) => {
        const outputs = [1, 3].map((count) =>
          fixture.outputOn(n, interpolated(fixture.own(fixture.inputs, n), new Set(order.slice(0, count)))),
        );
        return outputs.reduce((sum, output) => sum + output, 0) / 2;
      });
      expect(measures.morfConfidence?.[n]).toBeCloseTo(morf ?? NaN, 6);
      expect(measures.lerfConfidence?.[n]).toBeCloseTo(lerf ?? NaN, 6);
      expect(measures.combinedConfidence?.[n]).toBeCloseTo(((lerf ?? NaN) - (morf ?? NaN)) / 2, 6);
    }
  });

  /** Positions of two channels, on the line between the nearest that are known; beyond the last as that. */
  function interpolated(x: Float32Array, missing: ReadonlySet<number>): number[] {
    return Array.from(x, (value, i) => {
      const [position, channel] = [Math.floor(i / 2), i % 2];
      if (!missing.has(position)) return value;
      let [left, right] = [position, position];
      while (missing.has(left)) left--;
      while (missing.has(right)) right++;
      const [before, after] = [x[2 * left + channel], x[2 * right + channel]];
      if (left < 0 || before === undefined) return after ?? NaN;
      if (right > 5 || after === undefined) return before;
      return before + ((after - before) * (position - left)) / (right - left);
    });
  }

  it('has the accuracy of Quantus', async () => {
    const { measures } = await goldenRequest(quantus).score(road, { definition: 'quantus', noise: 0 });
    // Quantus: over samples, one a fraction; here over fractions, one a sample. Means of 0 and 1: exact up to float64.
    const mean = (of: Iterable<number>) => [...of].reduce((sum, one) => sum + one, 0) / [...of].length;
    expect(mean(measures.morfAccuracy ?? [])).toBeCloseTo(mean(quantus.accuracy), 12);
  });

  it.each(quantus.accuracy.map((accuracy, at) => [(2 * at + 1) / 100, accuracy] as const).filter((_, at) => at % 6 === 0))(
    'has the accuracy of Quantus at %d alone',
    async (fraction, accuracy) => {
      const { measures } = await goldenRequest(quantus).score(road, { definition: 'quantus', fractions: [fraction], noise: 0 });
      expect(measures.morfAccuracy?.reduce((sum, one) => sum + one / 6, 0)).toBeCloseTo(accuracy, 12);
    },
  );

  it('is that of pytorch-grad-cam: equal values at a quantile go together, although nothing may be left', async () => {
    const fractions = gradCam.percentiles.map((percentile) => (100 - percentile) / 100);
    const params = { definition: 'pytorch-grad-cam', fractions, noise: 0 };
    const { measures } = await goldenRequest(gradCam).score(roadCombined, params);
    const alone = await goldenRequest(gradCam).score(road, params);
    for (let n = 0; n < 6; n++) {
      // The library's samples are float32 throughout; ours are imputed in float64 and rounded once.
      expect(measures.morfConfidence?.[n]).toBeCloseTo(gradCam.morf[n] ?? NaN, 6);
      expect(measures.lerfConfidence?.[n]).toBeCloseTo(gradCam.lerf[n] ?? NaN, 6);
      expect(measures.combinedConfidence?.[n]).toBeCloseTo(gradCam.combined[n] ?? NaN, 6);
      expect(alone.measures.morfConfidence?.[n]).toBe(measures.morfConfidence?.[n]);
    }
    expect([...(measures.ties ?? [])]).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it('adds noise of the sample’s own, of the deviation that is asked for', async () => {
    const fixture = fixtureOf([12, 12, 1]);
    const maps = fixture.mapsOf([12, 12], distinct);
    const [none, little, much] = await Promise.all(
      [0, 1e-4, 1].map((noise) => fixture.score(road, maps, { fractions: [0.9], noise })),
    );
    const off = (scores: typeof none) =>
      Math.max(
        ...[0, 1, 2].map((n) =>
          Math.abs((scores?.measures.morfConfidence?.[n] ?? NaN) - (none?.measures.morfConfidence?.[n] ?? NaN)),
        ),
      );
    expect(off(little)).toBeGreaterThan(0);
    expect(off(little)).toBeLessThan(2e-3);
    expect(off(much)).toBeGreaterThan(0.05);
  });

  it('does not depend on which samples are scored together', async () => {
    const fixture = fixtureOf([5, 4, 2]);
    const maps = fixture.mapsOf([5, 4], tying);
    const params = { definition: ['paper', 'quantus'], target: ['probability', 'logit'] };
    const whole = await fixture.score(roadCombined, maps, params);
    const parts = await Promise.all([0, 1, 2].map((n) => fixture.scoreSome(roadCombined, maps, params, [n, n + 1])));
    for (const [name, values] of Object.entries(whole.measures)) {
      for (const [at, value] of values.entries()) expect(value).toBe(parts[at % 3]?.measures[name]?.[Math.floor(at / 3)]);
    }
  });

  it('has the defaults of its sources, and refuses tables and maps that are not finite', async () => {
    expect([metric('road'), metric('road-combined')]).toEqual([road, roadCombined]);
    const settingsOf = (shape: readonly number[], params: object) =>
      road.settings(road.params.parse(params), fixtureOf(shape).engine.model);
    const tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    const [paper, ofQuantus] = settingsOf([6, 6, 1], { definition: ['paper', 'quantus'] });
    expect(paper).toEqual({ fractions: tenths, noise: 0.01 });
    expect(ofQuantus?.fractions).toHaveLength(50);
    expect(() => settingsOf([5], {})).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    const fixture = fixtureOf([6, 6, 1]);
    await expect(
      fixture.score(
        road,
        fixture.mapsOf([6, 6], (i) => (i === 40 ? NaN : i)),
        {},
      ),
    ).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Sample 1 has a map/) as string,
    });
  });
});
