import { createMt19937 } from './mt19937.js';

/** numpy's legacy generator, `numpy.random.RandomState`. The same calls give the same numbers in the same order. */
export interface NumpyRandom {
  /** Uniform in [0, 1), 53 bits: `rand()`. */
  rand(): number;
  /** Standard normal: `randn()`. May differ from numpy in the last bit, where the platform's logarithm does. */
  randn(): number;
  /** A whole number in 0 … n − 1: `choice(n)`, `randint(n)`. n ≤ 2³². */
  choice(n: number): number;
  /** The numbers 0 … n − 1 in random order: `permutation(n)`. */
  permutation(n: number): Int32Array<ArrayBuffer>;
}

/**
 * @param seed as in `numpy.random.seed(seed)`: a number in 0 … 2³² − 1, or an array of them.
 * @throws RangeError for other seeds.
 */
export function createNumpyRandom(seed: number | readonly number[]): NumpyRandom {
  const next = createMt19937(seed);
  let spare: number | undefined;

  function rand(): number {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Marsaglia's polar method. It makes two deviates; the second is kept for the next call. */
  function randn(): number {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    for (;;) {
      const x = 2 * rand() - 1;
      const y = 2 * rand() - 1;
      const squared = x * x + y * y;
      if (squared >= 1 || squared === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(squared)) / squared);
      spare = factor * x;
      return factor * y;
    }
  }

  /** A whole number in 0 … `max`, by masked rejection. It takes no word when `max` is 0. */
  function upTo(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (next() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  function choice(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`choice needs a whole number from 1 to 2³², not ${n}.`);
    return upTo(n - 1);
  }

  function permutation(n: number): Int32Array<ArrayBuffer> {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = upTo(i);
      const moved = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = moved;
    }
    return order;
  }

  return { rand, randn, choice, permutation };
}
