import type { RunProgress, RunWork } from '../api.js';
import type { RunState } from '../results.js';

/**
 * The progress of a run by cost. If an orchestrator does not send it, by count: each sample counts twice, once for its map and
 * once for its scores.
 */
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
