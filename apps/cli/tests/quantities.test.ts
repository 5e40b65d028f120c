import { describe, expect, it } from 'vitest';
import { counted } from '../src/counted.js';
import { durationText, scaled } from '../src/quantities.js';

describe('quantities in words', () => {
  it.each([
    [0, '0 settings'],
    [1, '1 setting'],
    [2, '2 settings'],
  ])('%d', (count, text) => expect(counted(count, 'setting')).toBe(text));

  it.each([
    [0, 'B', '0 B'],
    [7, '', '7'],
    [999, 'B', '999 B'],
    [999_999, 'B', '1 MB'],
    [2_412_345_678, 'FLOP', '2.41 GFLOP'],
    [3.1e12, 'FLOP', '3.1 TFLOP'],
    [4e22, 'FLOP', '40000 EFLOP'],
  ])('%d %s', (count, unit, text) => expect(scaled(count, unit)).toBe(text));

  it.each([
    [0, '0 s'],
    [0.04, '< 0.1 s'],
    [0.44, '0.4 s'],
    [9.97, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3599.7, '1 h'],
    [7830, '2 h 11 min'],
    [86_399, '1 d'],
    [100 * 3600, '4 d 4 h'],
  ])('%d seconds', (seconds, text) => expect(durationText(seconds)).toBe(text));
});
