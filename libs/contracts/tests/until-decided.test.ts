import { describe, expect, it } from 'vitest';
import { nextStretch } from '../src/index.js';

describe('stretches', () => {
  it('begin with 50 samples, grow by a quarter, and end with the data set', () => {
    const ends: number[] = [];
    for (let taken = 0; taken < 200;) ends.push((taken = nextStretch(taken, 200)));
    expect(ends).toEqual([50, 63, 79, 99, 124, 155, 194, 200]);
    expect(nextStretch(0, 7)).toBe(7);
  });
});
