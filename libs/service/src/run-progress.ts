import { MESSAGE_VERSION, type RunEvent } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';

type ProgressKind = Exclude<RunEvent['kind'], 'run-changed'>;

/** Says that shards of a run went on: the first time at once, then at most once an interval, and the last time for sure. */
export type ProgressAnnouncer = (runId: string, kind: ProgressKind) => void;

/** Who listens asks the store how far the run is, and no more often than this. */
const INTERVAL_MS = 100;

/** A worker that moves a thousand shards a second says so ten times. */
export function createProgressAnnouncer(queue: Pick<WorkQueue, 'announce'>, intervalMs = INTERVAL_MS): ProgressAnnouncer {
  /** By run: what is to be said when its interval is over, if anything came since. */
  const resting = new Map<string, ProgressKind | undefined>();

  function say(runId: string, kind: ProgressKind): void {
    queue.announce({ version: MESSAGE_VERSION, runId, kind });
    resting.set(runId, undefined);
    setTimeout(() => {
      const latest = resting.get(runId);
      if (latest === undefined) resting.delete(runId);
      else say(runId, latest);
    }, intervalMs).unref();
  }

  return (runId, kind) => {
    if (resting.has(runId)) resting.set(runId, kind);
    else say(runId, kind);
  };
}
