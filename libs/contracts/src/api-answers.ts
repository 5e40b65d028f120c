import { z } from 'zod';
import {
  errorReportSchema,
  mapRecordSchema,
  reuseSchema,
  runProgressSchema,
  runEvaluationSchema,
  runSummarySchema,
  scoreRowSchema,
  tableRowSchema,
} from './api.js';
import { comparisonSchema } from './comparisons.js';
import { methodRankingSchema } from './method-rankings.js';
import { runStates } from './results.js';

/**
 * Answers of the HTTP API that are more than one of the things in `api.ts`. Server and client check them with the same schemas.
 */
export const errorAnswerSchema = z.object({ error: errorReportSchema });

export const runsAnswerSchema = z.object({ runs: z.array(runSummarySchema) });

export const evaluationsAnswerSchema = z.object({ evaluations: z.array(runEvaluationSchema) });

export const tableAnswerSchema = z.object({ rows: z.array(tableRowSchema) });

export const comparisonsAnswerSchema = z.object({ comparisons: z.array(comparisonSchema) });

export const rankingsAnswerSchema = z.object({ rankings: z.array(methodRankingSchema) });

export const scoresAnswerSchema = z.object({
  scores: z.array(scoreRowSchema),
  next: z.string().optional().meta({ description: 'Where the next page is; absent on the last one.' }),
});

export const mapRecordsAnswerSchema = z.object({
  records: z.array(mapRecordSchema),
  next: z
    .int()
    .optional()
    .meta({ description: 'The sample to continue from; absent if the answer reaches the end of the range.' }),
});

export const reuseAnswerSchema = z.object({ reuse: z.array(reuseSchema) });

export const artifactAnswerSchema = z.object({
  sha256: z.string(),
  created: z.boolean().meta({ description: 'False if it was stored already.' }),
});

/** The data of a `progress` or `end` event. */
export const runEventDataSchema = z.object({
  state: z.enum(runStates),
  progress: runProgressSchema,
  waits: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'Why nothing has moved for some seconds, as far as known, in sentences.' }),
});
export type RunEventData = z.infer<typeof runEventDataSchema>;

/** A reader sees everything and changes nothing. */
export const roles = ['writer', 'reader'] as const;
export const sessionAnswerSchema = z.object({ role: z.enum(roles) });
export type AccessRole = z.infer<typeof sessionAnswerSchema>['role'];

export const storeHealthSchema = z.object({ postgres: z.string(), databaseBytes: z.number().nonnegative() });

const partSchema = z.enum(['up', 'down']);
export const healthzAnswerSchema = z.object({ status: z.enum(['ok', 'unavailable']), store: partSchema, queue: partSchema });
