import { expect, it } from 'vitest';
import { failedSubject } from '../src/index.js';

it.each([
  ['one sample', { start: 33, end: 34, samples: 1 }, 'sample 33'],
  ['samples in a row', { start: 30, end: 40, samples: 10 }, 'samples 30 to 39'],
  ['samples that were chosen', { start: 70, end: 111, samples: 5 }, '5 samples from 70 to 110'],
])('names the evaluation that failed, and its samples: %s', (_what, failed, words) => {
  const evaluations = ['sise', 'random'].map((label, ordinal) => ({ label, ordinal }));
  expect(failedSubject({ evaluation: 1, ...failed }, evaluations)).toBe(`evaluation 1 (random), ${words}`);
});
