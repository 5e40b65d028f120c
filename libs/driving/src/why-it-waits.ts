import { setTimeout as delay } from 'node:timers/promises';
import type { ShardState, Stage } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { RunRecord } from '@xaigrid/store';
import { PATIENCE_LEASES } from './shard-watch.js';

/**
 * The number of checks. Between two pulls of a worker there is a moment without a request; several checks, spread over time, find
 * a worker that is there.
 */
const LOOKS = 4;
const BETWEEN_LOOKS_MS = 150;

const workers: Readonly<Record<Stage, string>> = { explain: 'explainer worker', score: 'metrics worker' };

export interface WaitingRun {
  readonly run: RunRecord;
  readonly shards: Readonly<Record<ShardState, number>>;
  /** Whether a live process drives it. */
  readonly attended: boolean;
  /** The stages at which a worker says that it works on one of its shards. */
  readonly atWork: ReadonlySet<Stage>;
}

/** Why an active run makes no progress now, as far as that can be seen from here. */
export async function whyItWaits(
  { run, shards, attended, atWork }: WaitingRun,
  queue: Pick<WorkQueue, 'traffic' | 'healthy' | 'leaseMs'>,
): Promise<string[]> {
  // The queue of a single process does not know what others do.
  const { leaseMs } = queue;
  if (leaseMs === undefined) return [];
  const reasons: string[] = [];
  if (run.cancelRequested) reasons.push('it is being cancelled');
  if (!attended) reasons.push('no orchestrator drives it at the moment; one takes it over within half a minute');
  if (!queue.healthy()) reasons.push('NATS cannot be reached from the orchestrator');
  else {
    if (shards.planned > 0 && !atWork.has('explain') && (await nobodyAsks('explain', queue)))
      reasons.push(`no ${workers.explain} is connected, or all are busy with other runs`);
    if (shards.explained > 0 && !atWork.has('score') && (await nobodyAsks('score', queue)))
      reasons.push(`no ${workers.score} is connected, or all are busy with other runs`);
  }
  return reasons;
}

/** What happened to a run before that may explain a delay: no sentence, or one. */
export function whatDelayedIt({ republished }: RunRecord, { leaseMs }: Pick<WorkQueue, 'leaseMs'>): string[] {
  return republished === undefined || leaseMs === undefined ? [] : [republishedSentence(republished.shards, leaseMs)];
}

function republishedSentence(shards: number, leaseMs: number): string {
  const seconds = Math.round((PATIENCE_LEASES * leaseMs) / 1000);
  return `${shards} ${shards === 1 ? 'shard' : 'shards'} published again after ${seconds} s without movement, or when the queue had lost them`;
}

/**
 * Whether nobody asks for tasks. Tasks of dead workers count as in progress until another worker asks, so only requests show that
 * a worker is there.
 */
async function nobodyAsks(stage: Stage, queue: Pick<WorkQueue, 'traffic'>): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    if ((await queue.traffic(stage)).requests > 0) return false;
    if (look === LOOKS) return true;
    await delay(BETWEEN_LOOKS_MS);
  }
}
