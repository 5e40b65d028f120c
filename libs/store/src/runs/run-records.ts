import { decisionsSchema, isErrorCode, plannedEvaluationSchema, untilDecidedSchema, type RunState } from '@xaigrid/contracts';
import { z } from 'zod';
import type { Evaluation, EvaluationSetting, Run, RunState as StoredRunState } from '../generated/client.js';
import type { Prisma } from '../sql/prisma.js';
import type { EvaluationRecord, RunRecord } from '../store.js';

const versionsSchema = z.object({ xaigrid: z.string(), node: z.string(), platform: z.string() });

/** A run's state. Prisma writes enum values as identifiers. */
export function runState(state: StoredRunState): RunState {
  return state === 'done_with_failures' ? 'done-with-failures' : state;
}

export function runRecord(run: Run): RunRecord {
  const { errorCode: code, errorMessage: message } = run;
  return {
    id: run.id,
    name: run.name,
    state: runState(run.state),
    cancelRequested: run.cancelRequested,
    specText: run.specText,
    versions: versionsSchema.parse(run.versions),
    priority: run.priority,
    ...{ tags: run.tags, note: run.note, datasets: run.datasets, models: run.models, methods: run.methods },
    createdAt: run.createdAt,
    ...(run.startedAt === null ? {} : { startedAt: run.startedAt }),
    ...(run.finishedAt === null ? {} : { finishedAt: run.finishedAt }),
    // A newer version may have written a code that this version does not know.
    ...(code === null ? {} : { error: { code: isErrorCode(code) ? code : 'INTERNAL', message: message ?? '' } }),
    ...(run.untilDecided === null ? {} : { untilDecided: untilDecidedSchema.parse(run.untilDecided) }),
    ...(run.decisions === null ? {} : { decisions: decisionsSchema.parse(run.decisions) }),
    ...(run.republishedAt === null ? {} : { republished: { shards: run.republishedShards, at: run.republishedAt } }),
  };
}

/** What the record of an evaluation needs besides its own row. */
export const evaluationInclude = { settings: { orderBy: { ordinal: 'asc' } } } as const satisfies Prisma.EvaluationInclude;

export function evaluationRecord(evaluation: Evaluation & { readonly settings: readonly EvaluationSetting[] }): EvaluationRecord {
  return {
    id: evaluation.id,
    runId: evaluation.runId,
    ordinal: evaluation.ordinal,
    plan: plannedEvaluationSchema.parse(evaluation.plan),
    mapSetId: evaluation.mapSetId,
    predictionSetId: evaluation.predictionSetId,
    scoreSetIds: evaluation.settings.map((setting) => setting.scoreSetId),
  };
}
