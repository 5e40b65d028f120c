import { describe, expect, it } from 'vitest';
import { redrawn } from '../src/index.js';

describe('values drawn anew', () => {
  const values = Float32Array.from({ length: 20_000 }, (_, at) => 3 + Math.sin(at) + Math.sin(1.7 * at) + Math.sin(2.9 * at));
  const moments = (of: Float32Array): { mean: number; deviation: number } => {
    const mean = of.reduce((sum, value) => sum + value, 0) / of.length;
    return { mean, deviation: Math.sqrt(of.reduce((sum, value) => sum + (value - mean) ** 2, 0) / of.length) };
  };

  it('have the mean and the deviation of a normal distribution that is cut to the range of the old ones', () => {
    const result = redrawn(values, 7, 3);
    const [before, after] = [moments(values), moments(result)];
    // The range is 2.4 deviations to each side of the mean: cutting a normal there takes 2.4 φ(2.4)/(Φ(2.4) − ½) of its variance.
    const cut = Math.max(...values.map((value) => Math.abs(value - before.mean))) / before.deviation;
    const density = Math.exp((-cut * cut) / 2) / Math.sqrt(2 * Math.PI);
    let inside = 0;
    for (let at = 0; at < 10_000; at++)
      inside +=
        ((2 * cut) / 10_000) * (Math.exp(-((-cut + ((2 * cut) / 10_000) * (at + 0.5)) ** 2) / 2) / Math.sqrt(2 * Math.PI));
    const expected = before.deviation * Math.sqrt(1 - (2 * cut * density) / inside);
    // 20 000 draws: four standard errors, σ/√n of the mean and at most σ/√2n of the deviation.
    expect(Math.abs(after.mean - before.mean)).toBeLessThan((4 * before.deviation) / Math.sqrt(values.length));
    expect(Math.abs(after.deviation - expected)).toBeLessThan((4 * before.deviation) / Math.sqrt(2 * values.length));
    expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...values));
    expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...values));
  });

  it('are no order of the old ones, nor in their order', () => {
    const result = redrawn(values, 7, 3);
    expect(new Set(result).size).toBeGreaterThan(19_000);
    expect(result.filter((value, at) => value === values[at]).length).toBeLessThan(10);
  });

  it('depend on the seed and the number, and on nothing else', () => {
    expect(redrawn(values, 7, 3)).toEqual(redrawn(values, 7, 3));
    expect(redrawn(values, 7, 4)).not.toEqual(redrawn(values, 7, 3));
    expect(redrawn(values, 2 ** 40 + 7, 3)).not.toEqual(redrawn(values, 7, 3));
  });

  it('stay where all are the same, or none is there', () => {
    expect(redrawn(Float32Array.of(2, 2, 2), 1, 1)).toEqual(Float32Array.of(2, 2, 2));
    expect(redrawn(new Float32Array(0), 1, 1)).toEqual(new Float32Array(0));
  });

  it('end for a list with one value far from the others', () => {
    const far = redrawn(
      Float32Array.from({ length: 1000 }, (_, at) => (at === 0 ? 1 : 0)),
      1,
      1,
    );
    expect(Math.min(...far)).toBeGreaterThanOrEqual(0);
  });
});
