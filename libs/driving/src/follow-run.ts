import type { RunState } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { RunRecord, Store } from '@xaigrid/store';
import type { RunControl } from '@xaigrid/control';
import { createWakeUp } from './wake-up.js';

export interface FollowParts {
  readonly runs: Pick<Store['runs'], 'find' | 'progress'>;
  readonly queue: Pick<WorkQueue, 'listen'>;
  /** Why the run waits; asked when nothing has moved for a while. */
  readonly whyNow: (run: RunRecord) => Promise<readonly string[]>;
  /** Default 3 s. */
  readonly stillMs?: number;
}

const finalStates: readonly RunState[] = ['done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'];

/** Longer than a worker takes between two tasks; short enough that whoever forgot to start one learns it while he looks. */
const STILL_MS = 3_000;

/** Tells how far a run is whenever it has moved, and at least once a second, until it is over. */
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
        // Progress is told all the same when the reason cannot be found out.
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
