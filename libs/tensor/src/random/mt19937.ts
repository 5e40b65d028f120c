const SIZE = 624;
const SHIFT = 397;

/** A source of uniformly distributed 32-bit words. */
export type Words = () => number;

/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998).
 *
 * @param seed a whole number in 0 … 2³² − 1 (`init_genrand`, as `numpy.random.seed(42)`), or several of them
 *   (`init_by_array`, as `numpy.random.seed([1, 2])`).
 * @throws RangeError for other seeds.
 */
export function createMt19937(seed: number | readonly number[]): Words {
  const state = typeof seed === 'number' ? seededByNumber(word(seed)) : seededByArray(seed.map(word));
  let next = SIZE;
  return () => {
    if (next === SIZE) {
      twist(state);
      next = 0;
    }
    let y = state[next++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  };
}

function word(seed: number): number {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new RangeError(`A seed of numpy's legacy generator is a whole number from 0 to 4294967295, not ${seed}.`);
  }
  return seed;
}

function seededByNumber(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, mixed(state, i)) + i;
  return state;
}

function seededByArray(key: readonly number[]): Uint32Array {
  if (key.length === 0) throw new RangeError("A seed of numpy's legacy generator needs at least one number.");
  const state = seededByNumber(19650218);
  let i = 1;
  for (let k = 0; k < Math.max(SIZE, key.length); k++) {
    const j = k % key.length;
    state[i] = ((state[i] ?? 0) ^ Math.imul(mixed(state, i), 1664525)) + (key[j] ?? 0) + j;
    i = wrapped(state, i + 1);
  }
  for (let k = 0; k < SIZE - 1; k++) {
    state[i] = ((state[i] ?? 0) ^ Math.imul(mixed(state, i), 1566083941)) - i;
    i = wrapped(state, i + 1);
  }
  state[0] = 0x80000000;
  return state;
}

function mixed(state: Uint32Array, i: number): number {
  const previous = state[i - 1] ?? 0;
  return previous ^ (previous >>> 30);
}

function wrapped(state: Uint32Array, i: number): number {
  if (i < SIZE) return i;
  state[0] = state[SIZE - 1] ?? 0;
  return 1;
}

function twist(state: Uint32Array): void {
  // Two indices that wrap around. A modulo in this loop took a sixth of the time to generate MNIST-1D.
  let following = 1;
  let shifted = SHIFT;
  for (let i = 0; i < SIZE; i++) {
    const y = ((state[i] ?? 0) & 0x80000000) | ((state[following] ?? 0) & 0x7fffffff);
    state[i] = (state[shifted] ?? 0) ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
    following = following + 1 === SIZE ? 0 : following + 1;
    shifted = shifted + 1 === SIZE ? 0 : shifted + 1;
  }
}
