import { MESSAGE_VERSION, type RunEvent } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';

type ProgressKind = Exclude<RunEvent['kind'], 'run-changed'>;

/**
 * Announces that shards of a run made progress: at once the first time, then at most once per interval. The last one is always
 * sent.
 */
export type ProgressAnnouncer = (runId: string, kind: ProgressKind) => void;

/** Listeners ask the store for the progress at each announcement; this bounds how often. */
const INTERVAL_MS = 100;

/** Makes an announcer. A worker that moves a thousand shards per second announces ten times per second. */
export function createProgressAnnouncer(queue: Pick<WorkQueue, 'announce'>, intervalMs = INTERVAL_MS): ProgressAnnouncer {
  /** For each run in its interval: the announcement to send when the interval ends, if there is one. */
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
