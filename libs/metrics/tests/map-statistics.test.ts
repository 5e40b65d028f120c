import { readFileSync } from 'node:fs';
import { quantile, rankCorrelation, ranksOf, sizeOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mapComparison, type SimilarityOptions } from '../src/randomisation/map-similarity.js';
import { histogramEntropy } from '../src/statistics/histogram-entropy.js';
import { hog } from '../src/statistics/hog.js';
import { ssim } from '../src/statistics/ssim.js';

const golden = z
  .object({
    ssim: z.array(
      z.object({ shape: z.array(z.number()), window: z.union([z.literal('gaussian'), z.number()]), ssim: z.number() }),
    ),
    hog: z.object({ rows: z.number(), columns: z.number(), features: z.array(z.number()), correlation: z.number() }),
    forms: z.object({ 'min-max': z.number(), percentiles: z.number(), turned: z.number(), hog: z.number() }),
    entropies: z.record(z.string(), z.number()),
    quantiles: z.record(z.string(), z.number()),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/scikit-image/map_similarity.json', import.meta.url), 'utf8')));

/** As tests/parity/scikit-image/map_similarity.py makes it: eighths. */
function image(shape: readonly number[], step: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
    const value = 8 * (Math.sin(step * at) + Math.cos(0.37 * step * at * at));
    return Math.round(value) / 8;
  });
}
function pair(...shape: readonly number[]): readonly [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>] {
  const [a, noise] = [image(shape, 0.31), image(shape, 0.73)];
  return [a, a.map((value, at) => value + (noise[at] ?? NaN))];
}

describe('structural similarity', () => {
  it.each(golden.ssim)('is that of scikit-image: $shape, window $window', ({ shape, window, ssim: expected }) => {
    const [a, b] = pair(...shape);
    // Sums of at most 1331 products in another order; scikit-image filters with running sums.
    expect(ssim(a, b, { shape, window, range: 2.5 })).toBeCloseTo(expected, 12);
  });

  it('is 1 of an image and itself, and of two constants (2ab + c₁) / (a² + b² + c₁)', () => {
    const [a] = pair(24, 31);
    const options = { shape: [24, 31], window: 7, range: 2 } as const;
    expect(ssim(a, a, options)).toBe(1);
    // The variance of 9s is 0 up to 2^-53 of 81, against c₂ = 0.0036.
    const c1 = (0.01 * 2) ** 2;
    expect(ssim(new Float64Array(24 * 31).fill(1), new Float64Array(24 * 31).fill(3), options)).toBeCloseTo(
      (6 + c1) / (10 + c1),
      11,
    );
  });
});

describe('histograms of oriented gradients', () => {
  const { rows, columns, features, correlation } = golden.hog;
  const [a, b] = pair(rows, columns);

  it('are those of scikit-image', () => {
    const found = hog(a, rows, columns);
    expect(found.length).toBe(features.length);
    // It sums a cell in float32: 256 magnitudes, each rounded to 2^-24 of the sum, of features up to 0.2.
    features.forEach((feature, at) => expect(Math.abs((found[at] ?? NaN) - feature)).toBeLessThan(3e-6));
  });

  it('have its rank correlation', () => {
    const ranks = [a, b].map((image_) => ranksOf(hog(image_, rows, columns)));
    expect(rankCorrelation(ranks[0] ?? new Float64Array(), ranks[1] ?? new Float64Array())).toBeCloseTo(correlation, 3);
  });

  it('hold the direction of a ramp alone', () => {
    const ramp = Float64Array.from({ length: 48 * 48 }, (_, at) => at % 48);
    const found = hog(ramp, 48, 48);
    // Nine cells, each with one direction of nine: cut to 0.2, then all alike and of length 1.
    const held = [...found].filter((value) => value > 0);
    expect(held.length).toBe(9);
    held.forEach((value) => expect(value).toBeCloseTo(1 / 3, 2));
  });
});

describe('histogram entropy and quantiles', () => {
  const values = image([300], 0.31);
  it.each(Object.entries(golden.entropies))('is that of NumPy and SciPy with %s bins', (bins, entropy) => {
    expect(histogramEntropy(values, Number(bins))).toBeCloseTo(entropy, 12);
  });
  it.each(Object.entries(golden.quantiles))('is that of NumPy: %s', (share, expected) => {
    expect(quantile(values, Number(share))).toBeCloseTo(expected, 14);
  });
  it('is 0 of one value, and ln n of n equal shares', () => {
    expect(histogramEntropy(new Float64Array(9).fill(2), 10)).toBe(0);
    expect(histogramEntropy(Float64Array.of(0, 1, 2, 3), 4)).toBeCloseTo(Math.log(4), 14);
  });
});

describe('the similarity of two maps', () => {
  const [a, b] = pair(60, 50).map((map) => Float32Array.from(map));
  const of = (options: SimilarityOptions, turn = 1): number | undefined => {
    const { prepare, compare } = mapComparison(options, [60, 50]);
    const [own, other] = [prepare(a ?? new Float32Array()), prepare((b ?? new Float32Array()).map((value) => turn * value))];
    return own === undefined || other === undefined ? undefined : compare(own, other);
  };
  const magnitudes = { values: 'absolute', ssimForm: 'min-max' } as const;
  const signed = { similarity: 'ssim', values: 'signed', ssimForm: 'percentiles' } as const;

  // Eighths are exact in float32; sums of at most 121 products in another order.
  it('is SSIM as Adebayo et al. take it, of magnitudes', () => {
    expect(of({ ...magnitudes, similarity: 'ssim' })).toBeCloseTo(golden.forms['min-max'], 12);
  });
  it('is SSIM as Sixt et al. take it, whichever way the signs are turned', () => {
    expect(of(signed)).toBeCloseTo(golden.forms.percentiles, 12);
    expect(of(signed, -1)).toBeCloseTo(golden.forms.turned, 12);
    expect(golden.forms.turned).toBeCloseTo(golden.forms.percentiles, 12);
  });
  it('is HOG as Adebayo et al. take it', () => {
    // Of 81 · k features, some nearly equal: float32 sums of scikit-image may change their order.
    expect(of({ ...magnitudes, similarity: 'hog' })).toBeCloseTo(golden.forms.hog, 3);
  });
});
