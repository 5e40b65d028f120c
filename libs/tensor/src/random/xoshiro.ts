import { philox4x32 } from './philox.js';

/**
 * A generator of random 32-bit words for sequences of millions: xoshiro128** (Blackman & Vigna 2021, "Scrambled linear
 * pseudorandom number generators", ACM TOMS 47). Philox4x32-10 sets its first state.
 * @param seed any safe integer
 * @param number which of the sequences of this seed, 0 … 2³² − 1
 * @param stream which use of random words: different uses have different streams
 */
export function xoshiro(seed: number, number: number, stream: number): () => number {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  // A state of zeros would stay zero. Philox gives it with a chance of 1 in 2¹²⁸.
  let [a, b, c, d] = philox4x32([0, number, stream, 1], key);
  return () => {
    const product = Math.imul(b, 5);
    const word = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return word;
  };
}
