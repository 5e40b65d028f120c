import { describe, expect, it } from 'vitest';
import { createNumpyRandom } from '@xaigrid/tensor';
import golden from './goldens/numpy-random.json' with { type: 'json' };

describe('createNumpyRandom', () => {
  it('draws what numpy.random.RandomState(42) draws, call by call', () => {
    const random = createNumpyRandom(42);
    const expected = golden['42'];
    for (const value of expected.rand) expect(random.rand()).toBe(value);
    // An odd number of normal deviates: the spare one must survive the draws that follow.
    // The logarithm may differ in its last bit; the square root halves that.
    for (const value of expected.randn) expect(Math.abs(random.randn() - value)).toBeLessThanOrEqual(4e-16 * Math.abs(value));
    for (const value of expected.choice48) expect(random.choice(48)).toBe(value);
    expect(random.choice(1)).toBe(expected.choice1);
    for (const value of expected.choice65536) expect(random.choice(65536)).toBe(value);
    for (const value of expected.choice4294967296) expect(random.choice(2 ** 32)).toBe(value);
    expect([...random.permutation(10)]).toEqual(expected.permutation10);
    expect(random.rand()).toBe(expected.after);
  });

  it('agrees after the state was renewed several times', () => {
    const random = createNumpyRandom(0);
    for (let i = 0; i < 2000; i++) random.rand();
    expect(random.rand()).toBe(golden['0'].randAfter2000);
  });

  it('takes the largest seed and arrays as seeds, longer than the state too', () => {
    expect(createNumpyRandom(4294967295).rand()).toBe(golden['4294967295'].rand);
    expect(createNumpyRandom(golden.array.seed).rand()).toBe(golden.array.rand);
    const long = Array.from({ length: golden.longArray.length }, (_, i) => i);
    expect(createNumpyRandom(long).rand()).toBe(golden.longArray.rand);
  });

  it('refuses what numpy refuses', () => {
    expect(() => createNumpyRandom(-1)).toThrow(RangeError);
    expect(() => createNumpyRandom(1.5)).toThrow(RangeError);
    expect(() => createNumpyRandom([])).toThrow(RangeError);
    expect(() => createNumpyRandom(1).choice(0)).toThrow(RangeError);
  });
});
