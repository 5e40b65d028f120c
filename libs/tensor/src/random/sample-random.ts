import { sizeOf, type Tensor } from '../tensor.js';
import { philoxInto } from './philox.js';

/** Up to so many numbers for each one chosen, a list of all of them is faster than a table of those that moved. */
const LISTED = 64;

/** The random numbers of one sample. Each call takes the next ones. */
export interface SampleRandom {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform whole number in 0 … n − 1; 1 ≤ n ≤ 2³². */
  integer(n: number): number;
  /** `count` different numbers of 0 … n − 1 in random order, each choice equally likely; count ≤ n ≤ 2³¹. */
  choice(n: number, count: number): Int32Array<ArrayBuffer>;
}

/**
 * A sequence of random numbers that depends only on the arguments, never on what was drawn for other samples. So results do not
 * depend on how the work is cut into shards. Philox4x32-10 with the seed as key and the counter [block, sampleIndex, stream, 0].
 *
 * @param seed the spec's seed, any safe integer.
 * @param sampleIndex position in the data set, 0 … 2³² − 1.
 * @param stream which use of random numbers within a sample: different uses have different streams, 0 … 2³² − 1.
 * @throws RangeError for other arguments.
 */
export function sampleRandom(seed: number, sampleIndex: number, stream: number): SampleRandom {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed is a whole number, not ${seed}.`);
  checkWord('sampleIndex', sampleIndex);
  checkWord('stream', stream);
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  const counter: [number, number, number, number] = [0, sampleIndex, stream, 0];
  const words = new Uint32Array(4);
  let taken = 4;

  function word(): number {
    if (taken === 4) {
      philoxInto(words, counter, key);
      counter[0]++;
      taken = 0;
    }
    return words[taken++] ?? 0;
  }

  function uniform(): number {
    const high = word() >>> 5;
    const low = word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  function integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32)
      throw new RangeError(`integer needs a whole number from 1 to 2³², not ${n}.`);
    // Taking words from the last, incomplete run of n would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const value = word();
      if (value < limit) return value % n;
    }
  }

  function choice(n: number, count: number): Int32Array<ArrayBuffer> {
    if (!Number.isInteger(n) || n > 2 ** 31) throw new RangeError(`choice needs a whole number up to 2³¹, not ${n}.`);
    if (!Number.isInteger(count) || count < 0 || count > n) throw new RangeError(`choice cannot take ${count} of ${n} numbers.`);
    // The first `count` steps of Fisher and Yates' shuffle.
    if (n <= LISTED * count) {
      const numbers = new Int32Array(n).map((_, place) => place);
      for (let place = 0; place < count; place++) {
        const other = place + integer(n - place);
        const chosen = numbers[other] ?? 0;
        numbers[other] = numbers[place] ?? 0;
        numbers[place] = chosen;
      }
      return numbers.slice(0, count);
    }
    // `moved` holds the places whose number is not their own index.
    const moved = new Map<number, number>();
    return new Int32Array(count).map((_, place) => {
      const other = place + integer(n - place);
      const chosen = moved.get(other) ?? other;
      moved.set(other, moved.get(place) ?? place);
      return chosen;
    });
  }

  return { uniform, integer, choice };
}

function checkWord(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return;
  throw new RangeError(`${name} is a whole number from 0 to 4294967295, not ${value}.`);
}

/** Values uniform in [0, 1), the same at each call. For places where any input will do. */
export function uniformTensor(shape: readonly number[]): Tensor {
  const random = sampleRandom(0, 0, 0);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => random.uniform()) };
}
