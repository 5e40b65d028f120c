import { describe, expect, it } from 'vitest';
import { chooseSamples } from '../src/index.js';

/** Labels of classes of these sizes, class after class, as a folder has them. */
const folder = (...sizes: readonly number[]): Int32Array =>
  Int32Array.from(sizes.flatMap((size, label) => Array<number>(size).fill(label)));

function count(times: number[], at: number): void {
  times[at] = (times[at] ?? 0) + 1;
}

function sharesOf(labels: Int32Array, samples: number, seed = 7): number[] {
  const shares = Array<number>(Math.max(...labels) + 1).fill(0);
  for (const index of chooseSamples({ size: labels.length, samples, seed, labels })) count(shares, labels[index] ?? 0);
  return shares;
}

describe('chooseSamples', () => {
  it('keeps equal classes equal, where the first samples are of one class', () => {
    expect(sharesOf(folder(100, 100, 100, 100), 40)).toEqual([10, 10, 10, 10]);
  });

  it('keeps proportions', () => {
    expect(sharesOf(folder(700, 200, 100), 100)).toEqual([70, 20, 10]);
    expect(sharesOf(folder(700, 200, 100), 10)).toEqual([7, 2, 1]);
  });

  it('leaves out no class while there is room, however rare', () => {
    expect(sharesOf(folder(990, 1, 1, 8), 4)).toEqual([1, 1, 1, 1]);
    expect(sharesOf(folder(990, 1, 1, 8), 20)).toEqual([17, 1, 1, 1]);
    expect(sharesOf(folder(5, 500, 50), 2)).toEqual([0, 1, 1]);
  });

  it('takes all of a class before it asks for more of it than it has', () => {
    expect(sharesOf(folder(3, 2, 1), 6)).toEqual([3, 2, 1]);
  });

  it('gives no class a share that another has the better claim to', () => {
    const sizes = [613, 288, 57, 31, 11];
    const labels = folder(...sizes);
    for (let samples = sizes.length; samples <= labels.length; samples += 37) {
      const shares = sharesOf(labels, samples);
      expect(shares.reduce((sum, share) => sum + share)).toBe(samples);
      for (const [a, one] of shares.entries()) {
        for (const [b, other] of shares.entries()) {
          // Sainte-Laguë's condition: a sample moved from a to b would not make the two fairer. The first sample of a class is its own.
          if (one > 1 && other < (sizes[b] ?? 0))
            expect((one - 0.5) / (sizes[a] ?? 0)).toBeLessThanOrEqual((other + 0.5) / (sizes[b] ?? 0));
        }
      }
    }
  });

  it.each([1, 2, 3])('makes a smaller choice a part of every larger one, with seed %i', (seed) => {
    const labels = folder(6, 6, 2, 37, 1, 19);
    let smaller: number[] = [];
    for (let samples = 1; samples <= labels.length; samples += 1) {
      const chosen = [...chooseSamples({ size: labels.length, samples, seed, labels })];
      expect(chosen).toHaveLength(samples);
      expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
      expect(chosen).toEqual(expect.arrayContaining(smaller));
      smaller = chosen;
    }
  });

  it('chooses by the seed, each sample of a class as often as another', () => {
    const labels = folder(8, 4);
    const times = Array<number>(12).fill(0);
    for (let seed = 0; seed < 3000; seed += 1)
      for (const index of chooseSamples({ size: 12, samples: 3, seed, labels })) count(times, index);
    // 3000 draws with probability 1/4 each: 750 ± 5 standard deviations of 23.7.
    for (const count of times) expect(Math.abs(count - 750)).toBeLessThan(120);
  });

  it('does not care what classes are called, or where they stand', () => {
    const labels = folder(10, 20, 30);
    const renamed = labels.map((label) => 2 - label);
    const choose = (of: Int32Array) => chooseSamples({ size: 60, samples: 20, seed: 3, labels: of });
    expect(choose(renamed)).toEqual(choose(labels));
  });

  it('chooses among samples without classes', () => {
    const chosen = chooseSamples({ size: 1000, samples: 50, seed: 0 });
    expect(new Set(chosen).size).toBe(50);
    expect(chosen).not.toEqual(Int32Array.from({ length: 50 }, (_, index) => index));
    expect(() => chooseSamples({ size: 10, samples: 11, seed: 0 })).toThrow(RangeError);
  });
});
