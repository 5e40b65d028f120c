import { expect, it } from 'vitest';
import { createDurationWords } from '../../src/progress/duration-words.js';

it.each([
  [0, 'a few seconds left'],
  [9.9, 'a few seconds left'],
  [14, 'about 10 s left'],
  [44, 'about 40 s left'],
  [54.9, 'about 50 s left'],
  [55, 'about 1 min left'],
  [170, 'about 3 min left'],
  [1_199, 'about 20 min left'],
  [1_700, 'about 30 min left'],
  [3_599, 'about 1 h left'],
  [7_700, 'about 2 h 10 min left'],
  [40_000, 'about 11 h left'],
  [172_799, 'about 2 days left'],
  [300_000, 'about 3 days left'],
  [Infinity, ''],
])('tells %f seconds as "%s"', (seconds, words) => {
  expect(createDurationWords()(seconds)).toBe(words);
});

it('does not flicker between two words, and follows what really changes', () => {
  const words = createDurationWords();
  const told = [205, 212, 207, 214, 209, 206].map(words);
  expect(new Set(told)).toEqual(new Set(['about 3 min left']));
  expect(words(230)).toBe('about 4 min left');
  expect(words(205)).toBe('about 4 min left');
  expect(words(190)).toBe('about 3 min left');
});

it('counts down to a few seconds without going back', () => {
  const words = createDurationWords();
  const told = new Set<string>();
  let last = '';
  for (let seconds = 20_000; seconds >= 0; seconds -= 1) {
    const now = words(seconds);
    if (now !== last) expect(told).not.toContain(now);
    told.add((last = now));
  }
  expect(last).toBe('a few seconds left');
});
