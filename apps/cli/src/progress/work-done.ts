import type { RunProgress, RunState, RunWork } from '@xaigrid/contracts';

/** How far a run is by cost. Of an orchestrator that does not tell it, by count: a sample is work twice, once explained and once scored. */
export function workOf({ work, samples, explained, scored, failed }: RunProgress): RunWork {
  if (work !== undefined) return work;
  const computed = explained + scored;
  return { total: 2 * samples, open: Math.max(0, 2 * (samples - failed) - computed), computed };
}

const finished: readonly RunState[] = ['done', 'done-with-failures'];

/** Whole percent of the work that is done, rounded down: 100 only when the run is over. */
export function percentDone(progress: RunProgress, state: RunState): number {
  if (finished.includes(state)) return 100;
  const { total, open } = workOf(progress);
  return total === 0 ? 0 : Math.min(99, Math.floor((100 * (total - open)) / total));
}
