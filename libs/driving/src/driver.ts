import { setTimeout as delay } from 'node:timers/promises';
import { toXaigridError, type RunState } from '@xaigrid/contracts';
import { isOutage } from '@xaigrid/service';
import { driveRun, type DriveOptions } from './drive-run.js';
import { createFairShare } from './fair-share.js';

/** Drives several runs at the same time, each at most once. They share the workers by their priorities. */
export interface Driver {
  /**
   * Starts to drive a run. If it is driven already, it is checked once more afterwards, because it may just be ending as
   * cancelled.
   */
  drive(runId: string): void;
  /** Drives every run that is planned or running. */
  recover(): Promise<void>;
  /** Waits until no run is driven any more, and other processes can see that. */
  idle(): Promise<void>;
}

/** The pause after an outage. The store and the queue have already waited for seconds before they gave up. */
const OUTAGE_PAUSE_MS = 1_000;

export function createDriver(options: DriveOptions): Driver {
  const driven = new Map<string, Promise<RunState | undefined>>();
  const again = new Set<string>();
  const fairShare = createFairShare(options.queue);

  async function driveSafely(runId: string): Promise<RunState | undefined> {
    // Before `driveRun` moves the run, so that a process that leaves the run sees that it is driven (see `interrupt` of the
    // store's runs). A new run counts as running at once, so that it is not removed meanwhile. Nobody else leaves a new run, and
    // `driveRun` would correct that too.
    const [attending] = await Promise.all([
      options.store.attend(runId),
      options.store.runs.move(runId, ['planned'], 'running').catch(() => false),
    ]);
    try {
      return await driveThroughOutages(runId);
    } catch (error) {
      if (options.signal.aborted) return undefined;
      const { code, message } = toXaigridError(error);
      options.logger.error({ runId, code }, message);
      // If the store itself failed, the run stays `running` and the next orchestrator recovers it.
      await options.store.runs.move(runId, ['planned', 'running'], 'failed', { code, message }).catch(() => false);
      return undefined;
    } finally {
      await attending.release();
      driven.delete(runId);
      if (again.delete(runId) && !options.signal.aborted) await driveAgain(runId);
    }
  }

  /** Drives a run. An unreachable Postgres or NATS is not a failure of the run. */
  async function driveThroughOutages(runId: string): Promise<RunState | undefined> {
    for (;;) {
      try {
        return await driveRun(runId, options, fairShare);
      } catch (error) {
        if (!isOutage(error) || options.signal.aborted) throw error;
        const { code, message } = toXaigridError(error);
        options.logger.warn({ runId, code }, `${message} The run continues when it is back.`);
        await delay(OUTAGE_PAUSE_MS, undefined, { signal: options.signal });
      }
    }
  }

  async function driveAgain(runId: string): Promise<void> {
    const run = await options.store.runs.find(runId).catch(() => undefined);
    if (run?.state === 'running') drive(runId);
  }

  function drive(runId: string): void {
    if (driven.has(runId)) again.add(runId);
    else driven.set(runId, driveSafely(runId));
  }

  return {
    drive,
    async recover() {
      for (const run of await options.store.runs.list({ limit: 10_000, states: ['planned', 'running'] })) {
        if (!driven.has(run.id)) drive(run.id);
      }
    },
    async idle() {
      await Promise.all(driven.values());
    },
  };
}
