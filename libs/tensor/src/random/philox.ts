const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
/** Added to the key after each round: the golden ratio and √3 − 1 as fractions of 2³². */
const KEY_INCREMENTS = [0x9e3779b9, 0xbb67ae85] as const;

/** Four 32-bit words: a counter, or one result. */
export type Philox4 = readonly [number, number, number, number];

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four random unsigned 32-bit words that
 * depend only on a counter and a key.
 */
export function philox4x32(counter: Philox4, key: readonly [number, number]): Philox4 {
  const words = new Uint32Array(4);
  philoxInto(words, counter, key);
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = words;
  return [c0, c1, c2, c3];
}

/** The same, written into `words`, so that millions of numbers make no garbage. */
export function philoxInto(words: Uint32Array, counter: Philox4, key: readonly [number, number]): void {
  let c0 = counter[0] | 0;
  let c1 = counter[1] | 0;
  let c2 = counter[2] | 0;
  let c3 = counter[3] | 0;
  let k0 = key[0] | 0;
  let k1 = key[1] | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIERS[0], c0);
    const low0 = Math.imul(MULTIPLIERS[0], c0);
    const high1 = multiplyHigh(MULTIPLIERS[1], c2);
    const low1 = Math.imul(MULTIPLIERS[1], c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + KEY_INCREMENTS[0]) | 0;
    k1 = (k1 + KEY_INCREMENTS[1]) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit numbers, as a signed number, in whole numbers of 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}
