import { createRunWatch, type RunProgress } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { progressStyle } from '../../src/progress/index.js';
import { jsonProgress } from '../../src/progress/json-lines.js';

/** Of 10 samples; a map costs 1 and its scores nothing. */
const progress = (explained: number): RunProgress => ({
  ...{ samples: 10, explained, scored: explained, failed: 0 },
  work: { total: 10, open: 10 - explained, computed: explained },
});

it('writes at most two lines a second, each another one, and always the last', () => {
  let time = 0;
  const lines: string[] = [];
  const now = (): number => time;
  const display = jsonProgress(createRunWatch(now), (line) => lines.push(line), now);
  display.update(progress(0), 'running', []);
  time = 0.4;
  display.update(progress(1), 'running', []);
  time = 0.6;
  display.update(progress(2), 'running', []);
  time = 1.2;
  display.update(progress(2), 'running', []);
  display.update(progress(2), 'running', ['no worker has taken anything']);
  time = 1.3;
  display.update(progress(10), 'done', []);
  display.stop();
  display.stop();
  const counts = { samples: 10, failed: 0 };
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { ...counts, percent: 0, explained: 0, scored: 0, left: 'starting', waits: false },
    { ...counts, percent: 20, explained: 2, scored: 2, left: '', waits: false },
    { ...counts, percent: 20, explained: 2, scored: 2, left: 'waits: no worker has taken anything', waits: true },
    { ...counts, percent: 100, explained: 10, scored: 10, left: '', waits: false },
  ]);
});

it('knows three styles', () => {
  expect(progressStyle()).toBe('auto');
  expect(progressStyle('json')).toBe('json');
  expect(() => progressStyle('bars')).toThrow('--progress bars: expected one of auto, lines, json.');
});
