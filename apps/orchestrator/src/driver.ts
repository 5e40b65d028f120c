import { toXaigridError, type RunState } from '@xaigrid/contracts';
import { driveRun, type DriveOptions } from './drive-run.js';

/** Drives runs side by side, each at most once at a time. */
export interface Driver {
  /** Starts driving; nothing happens when it is already driven. */
  drive(runId: string): void;
  /** Drives every run that is planned or under way. */
  recover(): Promise<void>;
  /** Waits until nothing is driven any more. */
  idle(): Promise<void>;
}

export function createDriver(options: DriveOptions): Driver {
  const driven = new Map<string, Promise<RunState | undefined>>();

  async function driveSafely(runId: string): Promise<RunState | undefined> {
    try {
      return await driveRun(runId, options);
    } catch (error) {
      if (options.signal.aborted) return undefined;
      const { code, message } = toXaigridError(error);
      options.logger.error({ runId, code }, message);
      // The store may be what failed; then the run stays `running` and is recovered by the next orchestrator.
      await options.store.runs.move(runId, ['planned', 'running'], 'failed', { code, message }).catch(() => false);
      return undefined;
    } finally {
      driven.delete(runId);
    }
  }

  function drive(runId: string): void {
    if (!driven.has(runId)) driven.set(runId, driveSafely(runId));
  }

  return {
    drive,
    async recover() {
      for (const run of await options.store.runs.list({ limit: 10_000, states: ['planned', 'running'] })) drive(run.id);
    },
    async idle() {
      await Promise.all(driven.values());
    },
  };
}
