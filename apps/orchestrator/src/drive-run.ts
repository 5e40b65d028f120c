import { MESSAGE_VERSION, XaigridError, type RunState, type Stage, type Task } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { Logger } from '@xaigrid/service';
import type { RunRecord, ShardRecord, Store } from '@xaigrid/store';
import { createWakeUp } from './wake-up.js';

export interface DriveOptions {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly logger: Logger;
  /** Stops driving and leaves the run as it is. */
  readonly signal: AbortSignal;
  /** How often the store is asked when no event comes. Default 2 s. */
  readonly sweepMs?: number;
}

/** Shards published in one go, and how many may wait on the queue before the next go. */
const WINDOW = 500;
const MOST_WAITING = 2_000;

/** Sweeps in a row with shards to do and no task of the run on the queue, after which the tasks count as lost. */
const EMPTY_SWEEPS = 2;

/**
 * Publishes a run's shards in bounded windows and follows them in the store until all are scored or failed, then finishes
 * the run. Failed shards are cut and tried in pieces, so that of a shard with a bad sample only that sample fails. Tasks that the queue lost are published again. Safe to call for a run that was driven before: what is done stays.
 * @returns the run's final state, or its state when `signal` was aborted
 */
export async function driveRun(runId: string, options: DriveOptions): Promise<RunState> {
  const { store, queue, logger, signal } = options;
  await store.runs.move(runId, ['planned', 'interrupted', 'failed', 'done-with-failures', 'cancelled'], 'running');
  const wakeUp = createWakeUp({ intervalMs: options.sweepMs ?? 2_000, signal });
  const stopListening = await queue.listen((event) => {
    if (event.runId === runId) wakeUp.ring();
  });
  try {
    let publication = await goOnPublishing(runId, options);
    let emptySweeps = 0;
    for (;;) {
      const run = await store.runs.find(runId);
      if (run.cancelRequested) return await cancel(run, options);
      if (run.state !== 'running' || signal.aborted) return run.state;
      const counts = await store.shards.count(runId);
      if (counts.planned + counts.explained === 0) {
        const pieces = counts.failed === 0 ? 0 : await store.shards.cutFailed(runId);
        if (pieces === 0) return await finish(runId, counts.failed, options);
        logger.info({ runId, shards: counts.failed, pieces }, 'shards failed; trying them in pieces, down to single samples');
        publication = startPublication(runId, publication.round + 1);
        emptySweeps = 0;
        continue;
      }
      const waiting = await queue.depth('explain');
      if (!publication.complete && waiting.waiting < MOST_WAITING) {
        publication = await publishWindow(publication, options);
        continue;
      }
      emptySweeps = publication.complete && (await queue.tasksOf(runId)) === 0 ? emptySweeps + 1 : 0;
      if (emptySweeps > EMPTY_SWEEPS) {
        logger.warn(
          { runId, shards: counts.planned + counts.explained },
          'shards are not done but the queue has no task of the run; publishing them again',
        );
        publication = startPublication(runId, publication.round + 1);
        emptySweeps = 0;
        continue;
      }
      await wakeUp.next();
    }
  } finally {
    wakeUp.close();
    await stopListening();
  }
}

interface Publication {
  readonly runId: string;
  /** Tells a repeated publication from a retry of the same one. */
  readonly round: number;
  readonly afterId: number;
  readonly complete: boolean;
}

function startPublication(runId: string, round = Date.now()): Publication {
  return { runId, round, afterId: -1, complete: false };
}

/**
 * Where an earlier orchestrator stopped publishing. It published in the order of ids: as many of the first open shards as there
 * are tasks are on the queue already, and are not published twice. Where tasks were lost since, this skips some shards that have none;
 * they are found when the run's last task is done.
 */
async function goOnPublishing(runId: string, { store, queue }: DriveOptions): Promise<Publication> {
  const tasks = await queue.tasksOf(runId);
  const start = startPublication(runId);
  if (tasks === 0) return start;
  const published = await store.shards.page(runId, { states: ['planned', 'explained'], afterId: -1, limit: tasks });
  return { ...start, afterId: published.at(-1)?.id ?? -1 };
}

async function publishWindow(publication: Publication, { store, queue, signal }: DriveOptions): Promise<Publication> {
  signal.throwIfAborted();
  const { runId, round } = publication;
  const shards = await store.shards.page(runId, {
    states: ['planned', 'explained'],
    afterId: publication.afterId,
    limit: WINDOW,
  });
  await queue.publish(shards.map((shard) => ({ task: taskOf(shard), deduplicationId: `${shard.id} ${shard.state} ${round}` })));
  return { runId, round, afterId: shards.at(-1)?.id ?? publication.afterId, complete: shards.length < WINDOW };
}

function taskOf(shard: ShardRecord): Task {
  const stage: Stage = shard.state === 'planned' ? 'explain' : 'score';
  return { version: MESSAGE_VERSION, stage, runId: shard.runId, evaluationId: shard.evaluationId, shardId: shard.id };
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

/** States from which `resume` goes on. */
const resumable: readonly RunState[] = ['planned', 'interrupted', 'failed', 'done-with-failures', 'cancelled', 'running'];

/**
 * Makes a run ready to be driven again.
 * @param options.retryFailed also tries its failed shards once more
 * @throws RUN_STATE when there is nothing to resume.
 */
export async function prepareResume(store: Store, run: RunRecord, options: { readonly retryFailed: boolean }): Promise<void> {
  if (!resumable.includes(run.state))
    throw new XaigridError('RUN_STATE', `Run ${run.id} is ${run.state}; there is nothing to resume.`);
  if (options.retryFailed) await store.shards.retryFailed(run.id);
  await store.runs.move(run.id, resumable, 'running');
}
