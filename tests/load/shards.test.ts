import { expect, it } from 'vitest';
import { simulate } from './simulate.js';

it('a run of many shards is planned, published and finished in windows that do not grow with it', async () => {
  const few = await simulate({ shards: 500, slots: 16 });
  const many = await simulate({ shards: 5_000, slots: 16 });
  for (const { shards, state, counts } of [few, many]) {
    expect(state).toBe('done');
    expect(counts).toEqual({ planned: 0, explained: 0, scored: shards, failed: 0 });
  }
  // Two seconds of work, or three tasks a slot; the machine would have to do this run in two seconds to reach half of it.
  expect(many.peaks.explainTasks).toBeLessThan(2_500);
  expect(many.peaks.unscored).toBeLessThan(2_500);
  // Ten times the shards; garbage that is not yet collected makes up for some of this.
  const growth = (many.usage.orchestrator?.peakMebibytes ?? NaN) - (few.usage.orchestrator?.peakMebibytes ?? NaN);
  expect(growth).toBeLessThan(100);
}, 240_000);
