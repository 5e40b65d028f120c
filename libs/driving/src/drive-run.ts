import { MESSAGE_VERSION, toXaigridError, XaigridError, type RunState } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import { isOutage, type Logger } from '@xaigrid/service';
import type { OpenShard, RunRecord, Store } from '@xaigrid/store';
import type { FairShare } from './fair-share.js';
import type { MendingTally } from './mending.js';
import { startPublication, WINDOW, type Publication } from './publication.js';
import { createShardWatch } from './shard-watch.js';
import { takeMoreSamples } from './until-decided/take-more.js';
import { createWakeUp } from './wake-up.js';

/** What driving runs needs, and how it behaves. */
export interface DriveOptions {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly logger: Logger;
  /** Stops driving and leaves the run as it is. */
  readonly signal: AbortSignal;
  /** How many milliseconds pass before the store is asked again if no event comes. Default 2000. */
  readonly sweepMs?: number;
  /** Counts what was repaired about the queue. */
  readonly tally?: MendingTally;
}

/**
 * After this many checks in a row that find shards to do, none to publish, and no task of the run on the queue, the tasks count
 * as lost.
 */
const EMPTY_LOOKS = 2;

/**
 * Drives a run to its end. It publishes the shards in bounded windows, as many as the run's share of the workers allows, and
 * follows them in the store until all are scored or failed. Then it finishes the run. Failed shards are cut and tried in pieces,
 * so that only a bad sample itself fails. A run that takes samples until its pairs are decided gets more shards then. Lost tasks
 * are published again: all at once if the queue has none of the run, one by one if a shard makes no progress. It may be called for
 * a run that was driven before; finished work stays.
 * @returns the run's final state, or its state when `signal` was aborted
 */
export async function driveRun(runId: string, options: DriveOptions, fairShare: FairShare): Promise<RunState> {
  const { store, queue, logger, signal } = options;
  await store.runs.move(runId, ['planned', 'interrupted', 'failed', 'done-with-failures', 'cancelled'], 'running');
  const { priority } = await store.runs.find(runId);
  const wakeUp = createWakeUp({ intervalMs: options.sweepMs ?? 2_000, signal });
  const stopListening = await queue.listen((event) => {
    if (event.runId === runId) wakeUp.ring();
  });
  const share = fairShare.join({ priority });
  try {
    const watch = createShardWatch({ store, queue, runId });
    let publication: Publication | undefined;
    let emptyLooks = 0;
    let summarized = false;
    for (;;) {
      const run = await store.runs.find(runId);
      if (run.cancelRequested) return await cancel(run, options);
      if (run.state !== 'running' || signal.aborted) return run.state;
      // The queue first: a shard that moves on in between then counts twice, and not zero times.
      const queued = await queue.tasksOf(runId);
      const shards = await store.shards.count(runId);
      if (shards.planned + shards.explained === 0) {
        const pieces = shards.failed === 0 ? 0 : await store.shards.cutFailed(runId);
        if (pieces > 0) {
          logger.info({ runId, shards: shards.failed, pieces }, 'shards failed; trying them in pieces, down to single samples');
          publication = undefined;
          emptyLooks = 0;
          continue;
        }
        if (summarized) return await finish(runId, shards.failed, options);
        if (await takeMoreSamples(run, options)) {
          publication = undefined;
          emptyLooks = 0;
          continue;
        }
        await summarize(runId, options);
        summarized = true;
        continue;
      }
      publication ??= await startPublication(options, { runId, queued, explained: shards.explained });
      const allowance = await share.allowance({ shards, queued, hasUnpublished: !publication.complete() });
      signal.throwIfAborted();
      const published = publication.complete() ? 0 : await publication.publish(allowance);
      await publishLost(await watch.look(publication.upTo()), publication, options, runId);
      emptyLooks = published + queued.explain + queued.score === 0 ? emptyLooks + 1 : 0;
      if (emptyLooks > EMPTY_LOOKS) {
        logger.warn(
          { runId, shards: shards.planned + shards.explained },
          'shards are not done but the queue has no task of the run; publishing them again',
        );
        publication = undefined;
        emptyLooks = 0;
        options.tally?.count('republishedShards', shards.planned + shards.explained);
        await store.runs.countRepublished(runId, shards.planned + shards.explained);
      } else if (published < WINDOW) await wakeUp.next();
    }
  } finally {
    share.leave();
    wakeUp.close();
    await stopListening();
  }
}

async function publishLost(
  lost: readonly OpenShard[],
  publication: Publication,
  { store, logger, tally }: DriveOptions,
  runId: string,
): Promise<void> {
  if (lost.length === 0) return;
  logger.warn({ runId, shards: lost.length }, 'shards have not moved for some leases; publishing them again');
  await publication.publishAgain(lost);
  tally?.count('republishedShards', lost.length);
  await store.runs.countRepublished(runId, lost.length);
}

/**
 * Aggregates the scores before the run counts as finished, so that a process that continues after a crash does it too. It only
 * makes the table fast to read, so a permanent failure here is not a failure of the run.
 */
async function summarize(runId: string, { store, logger, signal }: DriveOptions): Promise<void> {
  try {
    await store.results.summarize(runId, signal);
  } catch (error) {
    if (isOutage(error)) throw error;
    logger.warn({ runId, code: toXaigridError(error).code }, `The scores are not summed up: ${toXaigridError(error).message}`);
  }
}

async function finish(runId: string, failed: number, { store, queue, logger }: DriveOptions): Promise<RunState> {
  const state: RunState = failed === 0 ? 'done' : 'done-with-failures';
  await store.runs.move(runId, ['running'], state);
  queue.announce({ version: MESSAGE_VERSION, runId, kind: 'run-changed' });
  logger.info({ runId, state, failedShards: failed }, 'run finished');
  return (await store.runs.find(runId)).state;
}

async function cancel(run: RunRecord, { store, queue, logger }: DriveOptions): Promise<RunState> {
  await store.runs.move(run.id, ['planned', 'running', 'interrupted'], 'cancelled');
  await queue.discard(run.id);
  queue.announce({ version: MESSAGE_VERSION, runId: run.id, kind: 'run-changed' });
  logger.info({ runId: run.id }, 'run cancelled');
  return 'cancelled';
}

/** The states from which `resume` continues. */
const resumable: readonly RunState[] = ['planned', 'interrupted', 'failed', 'done-with-failures', 'cancelled', 'running'];

/**
 * Prepares a run for being driven again.
 * @param options.retryFailed also tries its failed shards once more
 * @throws RUN_STATE if there is nothing to resume.
 */
export async function prepareResume(store: Store, run: RunRecord, options: { readonly retryFailed: boolean }): Promise<void> {
  if (!resumable.includes(run.state))
    throw new XaigridError('RUN_STATE', `Run ${run.id} is ${run.state}; there is nothing to resume.`);
  if (options.retryFailed) await store.shards.retryFailed(run.id);
  await store.runs.move(run.id, resumable, 'running');
}
