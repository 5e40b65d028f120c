import { describe, expect, it } from 'vitest';
import { meanInterval, wilsonInterval } from '../src/index.js';

describe('the interval of a share', () => {
  // scipy.stats.binomtest(ones, count).proportion_ci(method='wilson')
  it.each([
    { ones: 376, count: 1000, low: 0.34650662606266847, high: 0.4064424100417492 },
    { ones: 57, count: 496, low: 0.0897637476227309, high: 0.14599392461743207 },
    { ones: 0, count: 10, low: 0, high: 0.27753279986288926 },
    { ones: 10, count: 10, low: 0.7224672001371109, high: 1 },
    { ones: 1, count: 2, low: 0.09453120573423074, high: 0.9054687942657693 },
  ])('of $ones in $count is that of scipy', ({ ones, count, low, high }) => {
    const interval = wilsonInterval({ ones, count });
    expect(interval?.low).toBeCloseTo(low, 14);
    expect(interval?.high).toBeCloseTo(high, 14);
  });

  it('stays inside [0, 1] and is undefined without samples', () => {
    expect(wilsonInterval({ ones: 0, count: 3 })?.low).toBe(0);
    expect(wilsonInterval({ ones: 3, count: 3 })?.high).toBe(1);
    expect(wilsonInterval({ ones: 0, count: 0 })).toBeUndefined();
  });
});

describe('the interval of a mean', () => {
  it('is that of scipy', () => {
    // v = [0, 0.25, 0.5, 1, 0.125]; scipy.stats.norm.interval(0.95, v.mean(), scipy.stats.sem(v))
    const interval = meanInterval({ count: 5, mean: 0.375, variance: 0.15625 });
    expect(interval?.low).toBeCloseTo(0.02852404391258051, 14);
    expect(interval?.high).toBeCloseTo(0.7214759560874195, 14);
  });

  it('has no width without variance, and is undefined for one sample', () => {
    expect(meanInterval({ count: 4, mean: 0.5, variance: 0 })).toEqual({ low: 0.5, high: 0.5 });
    expect(meanInterval({ count: 1, mean: 0.5, variance: NaN })).toBeUndefined();
  });
});
