import { describe, expect, it } from 'vitest';
import { normalInterval, rangeAt, rangeOfDifference, wilsonInterval, withinRange } from '../src/index.js';

describe('wilsonInterval', () => {
  // scipy 1.x: stats.binomtest(ones, count).proportion_ci(0.95, method='wilson')
  it.each([
    { ones: 0, count: 10, low: 0, high: 0.27753279986288926 },
    { ones: 10, count: 10, low: 0.7224672001371109, high: 1 },
    { ones: 3, count: 10, low: 0.10779126740630102, high: 0.6032218525388546 },
    { ones: 1, count: 1, low: 0.20654931437723745, high: 1 },
    { ones: 43, count: 496, low: 0.0649983075523403, high: 0.11474160244364613 },
    { ones: 376, count: 1000, low: 0.34650662606266847, high: 0.4064424100417492 },
  ])('of $ones in $count is that of scipy', ({ ones, count, low, high }) => {
    const interval = wilsonInterval({ ones, count });
    // Some units in the last place of float64.
    expect(interval?.low).toBeCloseTo(low, 15);
    expect(interval?.high).toBeCloseTo(high, 15);
  });

  it('never leaves 0 to 1', () => {
    for (let count = 1; count <= 500; count += 1) {
      expect(wilsonInterval({ ones: 0, count })?.low).toBe(0);
      expect(wilsonInterval({ ones: count, count })?.high).toBe(1);
    }
  });

  it('is nothing without values', () => {
    expect(wilsonInterval({ ones: 0, count: 0 })).toBeUndefined();
  });
});

describe('normalInterval', () => {
  it('is that of scipy', () => {
    // x = [0.1, 0.25, 0, 0.9, 0.4]; stats.norm.interval(0.95, x.mean(), sqrt(x.var(ddof=1) / 5))
    const interval = normalInterval({ mean: 0.33, variance: 0.1245, count: 5 });
    expect(interval?.low).toBeCloseTo(0.02072289991775378, 15);
    expect(interval?.high).toBeCloseTo(0.6392771000822461, 15);
  });

  it('is nothing below two values, and a point for equal ones', () => {
    expect(normalInterval({ mean: 0.5, variance: 0, count: 1 })).toBeUndefined();
    expect(normalInterval({ mean: 0.5, variance: 0, count: 2 })).toEqual({ low: 0.5, high: 0.5 });
  });
});

describe('an interval within the range of what it is a mean of', () => {
  it('ends where the range does, and stays as it is inside', () => {
    expect(withinRange({ low: -0.01, high: 0.05 }, { value: 0.02, range: { low: 0 } })).toEqual({ low: 0, high: 0.05 });
    expect(withinRange({ low: 0.9, high: 1.1 }, { value: 1, range: { low: 0, high: 1 } })).toEqual({ low: 0.9, high: 1 });
    expect(withinRange({ low: 0.2, high: 0.4 }, { value: 0.3, range: { low: 0, high: 1 } })).toEqual({ low: 0.2, high: 0.4 });
  });

  it('always holds the value, also one that no range allows', () => {
    expect(withinRange({ low: 1.1, high: 1.3 }, { value: 1.2, range: { low: 0, high: 1 } })).toEqual({ low: 1.1, high: 1.2 });
  });

  it('is of probabilities: another target has no range', () => {
    const measure = { range: { low: 0, high: 1 } };
    expect([{}, { target: 'probability' }, { target: 'logit' }].map((setting) => rangeAt(measure, setting))).toEqual([
      measure.range,
      measure.range,
      {},
    ]);
  });

  it('is between the ends of a range for a difference', () => {
    expect([{ low: -1, high: 1 }, { low: 0 }].map((range) => rangeOfDifference(range))).toEqual([{ low: -2, high: 2 }, {}]);
  });
});
