import type { RunState } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { RunRecord, Store } from '@xaigrid/store';
import type { RunControl } from '@xaigrid/control';
import { createWakeUp } from './wake-up.js';

export interface FollowParts {
  readonly runs: Pick<Store['runs'], 'find' | 'progress'>;
  readonly queue: Pick<WorkQueue, 'listen'>;
  /** Why the run waits. It is asked if nothing has moved for a while. */
  readonly whyNow: (run: RunRecord) => Promise<readonly string[]>;
  /** How many milliseconds count as "a while". Default 3000. */
  readonly stillMs?: number;
}

const finalStates: readonly RunState[] = ['done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'];

/**
 * Longer than the pause of a worker between two tasks, but short enough that a user who forgot to start a worker still sees it.
 */
const STILL_MS = 3_000;

/** Reports how far a run is whenever it has moved, and at least once per second, until it is over. */
export async function followRun(
  { runs, queue, whyNow, stillMs = STILL_MS }: FollowParts,
  id: string,
  { onProgress, signal }: Parameters<RunControl['follow']>[1],
): Promise<RunState> {
  const wakeUp = createWakeUp({ intervalMs: 1_000, signal, shortestMs: 100 });
  const stopListening = await queue.listen((event) => {
    if (event.runId === id) wakeUp.ring();
  });
  let told: string | undefined;
  let askAt = 0;
  let waits: readonly string[] = [];
  try {
    for (;;) {
      const run = await runs.find(id);
      const { state } = run;
      const isOver = finalStates.includes(state);
      const progress = await runs.progress(id);
      const text = JSON.stringify(progress);
      if (text !== told) {
        told = text;
        waits = [];
        askAt = performance.now() + stillMs;
      } else if (performance.now() >= askAt && !isOver) {
        // Progress is reported even if the reason cannot be found.
        waits = await whyNow(run).catch(() => []);
        askAt = performance.now() + stillMs;
      }
      onProgress(progress, state, isOver ? [] : waits);
      if (isOver || signal.aborted) return state;
      await wakeUp.next();
    }
  } finally {
    wakeUp.close();
    await stopListening();
  }
}
