import { z } from 'zod';
import { anyNumberSchema } from './any-number.js';
import { selectionSchema } from './selection/selection.js';

/** The most samples that are told one by one. */
export const MOST_PAIRED_SAMPLES = 5_000;

/** The most bins along each side. */
export const MOST_PAIR_BINS = 100;

/**
 * The scores of the same samples by two evaluations: of two methods of a run, or of two runs. The selection chooses one metric at
 * one setting. Bounds are inclusive and choose samples by their two scores.
 */
export const samplePairsQuerySchema = selectionSchema.omit({ evaluation: true }).extend({
  by: z.int().nonnegative(),
  /** Another run; default the same one. */
  with: z.string().exactOptional(),
  against: z.int().nonnegative(),
  measure: z.string().exactOptional(),
  minFirst: z.number().exactOptional(),
  maxFirst: z.number().exactOptional(),
  minSecond: z.number().exactOptional(),
  maxSecond: z.number().exactOptional(),
  limit: z.int().positive().max(MOST_PAIRED_SAMPLES).default(2_000),
  bins: z.int().positive().max(MOST_PAIR_BINS).default(40),
});
export type SamplePairsQuery = z.infer<typeof samplePairsQuerySchema>;

const sideSchema = z.object({ runId: z.string(), evaluation: z.int(), label: z.string() });
const rangeSchema = z.object({ low: z.number(), high: z.number() });

/** The scores of two evaluations, sample by sample. */
export const samplePairsSchema = z.object({
  ...{ metric: z.string(), scoredClass: z.string(), setting: z.record(z.string(), z.unknown()), measure: z.string() },
  ...{ first: sideSchema, second: sideSchema },
  samples: z.int().meta({ description: 'Samples that both have scored and that lie within the bounds.' }),
  leftOut: z.int().meta({ description: 'Of these, those with a score that is not finite: they are in no range, point or bin.' }),
  ranges: z
    .object({ first: rangeSchema, second: rangeSchema })
    .exactOptional()
    .meta({ description: 'From the lowest to the highest score of each side; absent without a sample.' }),
  points: z
    .array(z.object({ sampleIndex: z.int(), first: anyNumberSchema, second: anyNumberSchema }))
    .exactOptional()
    .meta({ description: 'The samples, ascending, if they are at most `limit`.' }),
  bins: z
    .array(z.object({ first: z.int(), second: z.int(), samples: z.int() }))
    .exactOptional()
    .meta({
      description:
        'Of more samples: how many lie in each bin that has any. Each range has `bins` bins of equal width, numbered from 0; the last one has its upper end too.',
    }),
});
export type SamplePairs = z.output<typeof samplePairsSchema>;
