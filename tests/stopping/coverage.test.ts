import { describe, expect, it } from 'vitest';
import { shapes, simulate, type JudgeName, type ShapeName } from './simulate.js';

/** Of 300 runs of which 5 % may miss, more than 29 do with a probability of 0.0002. */
const MOST = 29;

function missed(
  shape: ShapeName,
  judge: JudgeName,
  population: number,
): { readonly population: number; readonly distribution: number } {
  return simulate({ shape, judge, population, runs: 300, seed: 11 }).missed;
}

describe('an interval that is looked at after every sample', () => {
  const bounded = (Object.keys(shapes) as ShapeName[]).filter((name) => shapes[name].isBounded);

  it.each(bounded)('misses in no more runs than it may, of differences with bounds: %s', (shape) => {
    for (const population of [100, 400]) {
      const found = missed(shape, 'betting', population);
      expect([found.population <= MOST, found.distribution <= MOST], JSON.stringify(found)).toEqual([true, true]);
    }
  });

  it.each(bounded)('misses in no more runs than it may, where bounds are not known: %s', (shape) => {
    const found = missed(shape, 'asymptotic', 400);
    expect([found.population <= MOST, found.distribution <= MOST], JSON.stringify(found)).toEqual([true, true]);
  });

  it('misses often if it is the usual one, which is why runs do not use that', () => {
    expect(missed('normal', 'repeated', 400).distribution).toBeGreaterThan(60);
  });
});
