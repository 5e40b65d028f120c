import { philox4x32 } from './philox.js';

/**
 * The same values in a random order, which depends on the seed and the number only. Every order is equally likely, but for the rounding of
 * 32-bit random numbers to places. Fisher and Yates' shuffle with xoshiro128** (Blackman & Vigna 2021, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47), its state from Philox4x32-10: 25 million values take a quarter of a second.
 * @param seed any safe integer
 * @param number which of the orders of this seed, 0 … 2³² − 1
 */
export function shuffled(values: Float32Array, seed: number, number: number): Float32Array<ArrayBuffer> {
  const result = Float32Array.from(values);
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  // A state of zeros only would stay so; Philox gives it once in 2¹²⁸.
  let [a, b, c, d] = philox4x32([0, number, 0x5f1e, 1], key);
  for (let place = result.length - 1; place > 0; place--) {
    const product = Math.imul(b, 5);
    const word = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    const other = Math.floor((word / 2 ** 32) * (place + 1));
    const held = result[place] ?? 0;
    result[place] = result[other] ?? 0;
    result[other] = held;
  }
  return result;
}
