import { describe, expect, it } from 'vitest';
import { fitLines } from '../src/fit-lines.js';

const text = [
  'short',
  '  size       The longest side of an image in pixels; others are resized (default 224)',
  '  data set digits (3e4a0b70c4c0), 60 of 1000 samples: a random choice',
  '',
].join('\n');

describe('lines on a terminal', () => {
  it('go on below their last column, or a little further in', () => {
    expect(fitLines(text, 46)).toBe(
      [
        'short',
        '  size       The longest side of an image in',
        '             pixels; others are resized',
        '             (default 224)',
        '  data set digits (3e4a0b70c4c0), 60 of 1000',
        '    samples: a random choice',
        '',
      ].join('\n'),
    );
  });

  it('do not squeeze into a last column that is too narrow', () => {
    expect(fitLines(text, 30).split('\n').slice(1, 3)).toEqual(['  size       The longest', '    side of an image in']);
  });

  it('lose no word, and are as they are in a file', () => {
    for (const width of [20, 33, 50, 200]) expect(fitLines(text, width).split(/\s+/)).toEqual(text.split(/\s+/));
    expect(fitLines(text, undefined)).toBe(text);
    expect(
      Math.max(
        ...fitLines(text, 40)
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(40);
  });
});
