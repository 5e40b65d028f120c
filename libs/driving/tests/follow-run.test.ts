import { setTimeout as sleep } from 'node:timers/promises';
import type { RunProgress, RunState } from '@xaigrid/contracts';
import type { RunRecord } from '@xaigrid/store';
import { describe, expect, it } from 'vitest';
import { followRun } from '../src/follow-run.js';

const run: RunRecord = {
  ...{ id: 'abc', name: 'a run', state: 'running', cancelRequested: false, specText: '', priority: 0 },
  ...{ versions: { xaigrid: '1', node: '20', platform: 'x' }, createdAt: new Date(0) },
  ...{ tags: [], note: '', datasets: [], models: [], methods: [] },
};

interface Followed {
  readonly told: { readonly scored: number; readonly state: RunState; readonly waits: readonly string[] }[];
  readonly advance: (scored: number, state?: RunState) => void;
  /** Waits until it was told something like this. */
  readonly tells: (scored: number, waits: readonly string[]) => Promise<void>;
  readonly asked: () => number;
  readonly over: Promise<RunState>;
}

/** Follows a run that moves when it is told to. */
function follow(whyNow: () => Promise<readonly string[]>, stillMs = 20): Followed {
  let progress: RunProgress = { samples: 9, explained: 9, scored: 0, failed: 0 };
  let state: RunState = 'running';
  let asked = 0;
  let ring = (): void => undefined;
  const told: Followed['told'] = [];
  const over = followRun(
    {
      runs: { find: () => Promise.resolve({ ...run, state }), progress: () => Promise.resolve(progress) },
      queue: {
        listen(onEvent) {
          ring = () => onEvent({ version: 1, runId: run.id, kind: 'run-changed' });
          return Promise.resolve(() => Promise.resolve());
        },
      },
      whyNow: () => {
        asked += 1;
        return whyNow();
      },
      stillMs,
    },
    run.id,
    {
      signal: new AbortController().signal,
      onProgress: ({ scored }, now, waits) => told.push({ scored, state: now, waits }),
    },
  );
  return {
    ...{ told, over, asked: () => asked },
    advance(scored, next = 'running') {
      progress = { ...progress, scored };
      state = next;
      ring();
    },
    async tells(scored, waits) {
      while (!told.some((one) => one.scored === scored && one.waits.join() === waits.join())) {
        ring();
        await sleep(5);
      }
    },
  };
}

describe('whoever follows a run', () => {
  it('learns why it stands still, and no longer when it moves', async () => {
    const followed = follow(() => Promise.resolve(['no metrics worker is connected']));
    await followed.tells(0, ['no metrics worker is connected']);
    followed.advance(3);
    await followed.tells(3, []);
    expect(followed.told.find(({ scored }) => scored === 3)?.waits).toEqual([]);
    await followed.tells(3, ['no metrics worker is connected']);
    followed.advance(3, 'cancelled');
    expect(await followed.over).toBe('cancelled');
    expect(followed.told.at(-1)).toEqual({ scored: 3, state: 'cancelled', waits: [] });
  });

  it('is told no reason, and nobody is asked for one, while it moves', async () => {
    const followed = follow(() => Promise.resolve(['never']), 60_000);
    for (const scored of [1, 2, 3]) {
      followed.advance(scored);
      await followed.tells(scored, []);
    }
    followed.advance(9, 'done');
    expect(await followed.over).toBe('done');
    expect(followed.asked()).toBe(0);
  });

  it('is told how far it is when the reason cannot be found out', async () => {
    const followed = follow(() => Promise.reject(new Error('NATS is away')));
    while (followed.asked() < 2) await followed.tells(0, []).then(() => sleep(5));
    followed.advance(9, 'done');
    expect(await followed.over).toBe('done');
    expect(followed.told.every(({ waits }) => waits.length === 0)).toBe(true);
  }, 20_000);
});
