import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { createProgressAnnouncer } from '../src/run-progress.js';

it('progress of a run is said at once, then at most once an interval, and the last of it for sure', async () => {
  const said: RunEvent[] = [];
  const announce = createProgressAnnouncer({ announce: (event) => said.push(event) }, 50);
  const event = (runId: string, kind: RunEvent['kind']): RunEvent => ({ version: 1, runId, kind });
  for (let shard = 0; shard < 1_000; shard += 1) announce('a', 'shard-explained');
  announce('b', 'shard-scored');
  expect(said).toEqual([event('a', 'shard-explained'), event('b', 'shard-scored')]);
  announce('a', 'shard-scored');
  await delay(75);
  expect(said.slice(2)).toEqual([event('a', 'shard-scored')]);
  await delay(100);
  expect(said).toHaveLength(3);
  announce('a', 'shard-failed');
  expect(said).toHaveLength(4);
});
