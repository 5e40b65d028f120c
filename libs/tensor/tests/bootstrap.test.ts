import { describe, expect, it } from 'vitest';
import { bootstrapPValue, createResamples, percentileInterval, resampledSums, sampleRandom } from '../src/index.js';

const normal = (random: { uniform: () => number }): number =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

describe('resamples', () => {
  it('are the same every time, and others for another number', () => {
    const options = { groups: 20, count: 30 };
    expect(createResamples(options)).toEqual(createResamples(options));
    expect(createResamples(options).draws).not.toEqual(createResamples({ ...options, number: 1 }).draws);
  });

  it('take every group equally often', () => {
    const { draws } = createResamples({ groups: 10, count: 10_000 });
    const counts = Array.from({ length: 10 }, (_, group) => draws.filter((drawn) => drawn === group).length);
    // Five deviations of a count of 100 000 with a share of a tenth: 5 · √(100 000 · 0.09) = 474.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(474);
  });

  it('have sums with the variance of sums of values drawn with replacement', () => {
    const values = Float64Array.from({ length: 50 }, (_, at) => Math.sin(at));
    const [sums = new Float64Array()] = resampledSums([values], createResamples({ groups: 50, count: 20_000 }));
    const moments = (of: Float64Array): number[] => {
      const mean = of.reduce((sum, value) => sum + value, 0) / of.length;
      return [mean, of.reduce((sum, value) => sum + (value - mean) ** 2, 0) / of.length];
    };
    const [mean = NaN, variance = NaN] = moments(values);
    const [found = NaN, spread = NaN] = moments(sums);
    // Five deviations: of a mean of 20 000 sums, and of their variance, √(2/20 000) of it.
    expect(Math.abs(found - 50 * mean)).toBeLessThan(5 * Math.sqrt((50 * variance) / 20_000));
    expect(Math.abs(spread / (50 * variance) - 1)).toBeLessThan(0.05);
  });
});

describe('sums of resamples', () => {
  const columnsOf = (count: number): Float64Array<ArrayBuffer>[] =>
    Array.from({ length: count }, (_, column) =>
      Float64Array.from({ length: 30 }, (_value, at) => Math.sin(at * (column + 1)) * 1e3),
    );

  it.each([1, 2, 3, 8, 11])('are the same to the last bit of one column and of %i', (count) => {
    const resamples = createResamples({ groups: 30, count: 50 });
    // The definition: values are added in the order in which they are drawn.
    const expected = columnsOf(count).map((column) =>
      Float64Array.from({ length: 50 }, (_, resample) =>
        resamples.draws.subarray(resample * 30, (resample + 1) * 30).reduce((sum, group) => sum + (column[group] ?? NaN), 0),
      ),
    );
    expect(resampledSums(columnsOf(count), resamples)).toEqual(expected);
  });
});

describe('the bootstrap of a mean', () => {
  const resamples = createResamples({ groups: 60, count: 999 });
  const samples = Array.from({ length: 2_000 }, (_, trial) => {
    const random = sampleRandom(1, trial, 7);
    const values = Float64Array.from({ length: 60 }, () => normal(random));
    return values;
  });
  const trials = resampledSums(samples, resamples).map((sums) => sums.map((sum) => sum / 60));

  it('has p-values that are uniform where the mean is 0', () => {
    const pValues = trials.map((means) => bootstrapPValue(means)).sort((a, b) => a - b);
    const largest = Math.max(...pValues.map((p, at) => Math.abs(p - (at + 0.5) / pValues.length)));
    // Kolmogorov's bound for one in 10⁴: 2.23/√2000 = 0.050. That the variance of a resample is 59/60 of the sample's adds 0.004.
    expect(largest).toBeLessThan(0.054);
    const below = pValues.filter((p) => p <= 0.05).length / pValues.length;
    // P(|T| > 1.96·√(59/60)) with 59 degrees of freedom is 0.0568; four deviations of a share of 2000 are 0.021.
    expect(Math.abs(below - 0.0568)).toBeLessThan(0.021);
  });

  it('has intervals that hold the mean in 95 of 100 cases', () => {
    const inside = trials.filter((means) => {
      const { low, high } = percentileInterval(means) ?? { low: NaN, high: NaN };
      return low <= 0 && high >= 0;
    });
    expect(Math.abs(inside.length / trials.length - 0.943)).toBeLessThan(0.021);
  });

  it('has p-values of 2/(B + 1) at least and 1 at most', () => {
    expect(bootstrapPValue(new Float64Array(999).fill(1))).toBe(0.002);
    expect(bootstrapPValue(new Float64Array(999))).toBe(1);
  });
});
