import { z } from 'zod';
import { classPolicySchema } from './plan.js';

/** The samples that are taken before pairs are looked at for the first time. */
const FIRST_STRETCH = 50;
/** By how much the samples grow from one look to the next. */
const GROWTH = 1.25;

/**
 * How many samples are taken before the next look. It depends on nothing else, so that a run takes the same samples whatever the
 * size of its shards and the number of its workers.
 * @param taken the samples so far
 * @param most that may be taken
 */
export function nextStretch(taken: number, most: number): number {
  return Math.min(most, taken === 0 ? FIRST_STRETCH : Math.ceil(GROWTH * taken));
}

/** What tells the pairs of a run apart: two of its evaluations, by position, and a measure of both. */
const askedPairSchema = z.object({
  first: z.int().nonnegative().meta({ description: 'Position of an evaluation in the run.' }),
  second: z.int().nonnegative(),
  ...{ metric: z.string().min(1), measure: z.string().min(1), scoredClass: classPolicySchema },
  setting: z.record(z.string(), z.json()),
});
export type AskedPair = z.infer<typeof askedPairSchema>;

/** What a run must decide before it may stop. */
export const untilDecidedSchema = z.object({
  alpha: z.number().gt(0).lte(0.5).meta({ description: 'The probability that any verdict of the run is wrong.' }),
  within: z.number().positive().exactOptional().meta({ description: 'Two methods that differ by less than this are the same.' }),
  most: z.int().positive().exactOptional().meta({ description: 'The most samples of a data set; default all.' }),
  seed: z.int().meta({ description: 'Seed of the random order.' }),
  pairs: z.array(askedPairSchema).min(1).max(20_000),
});
export type UntilDecided = z.infer<typeof untilDecidedSchema>;

/** `first`, `second`: this one is better. `same`: they differ by less than `within`. */
export const pairVerdicts = ['first', 'second', 'same', 'undecided'] as const;
export type PairVerdict = (typeof pairVerdicts)[number];

/** What the samples so far say of a pair. */
export const pairDecisionSchema = z.object({
  ...{ dataset: z.string(), model: z.string(), first: z.string(), second: z.string() },
  ...{ metric: z.string(), measure: z.string(), scoredClass: z.string(), setting: z.record(z.string(), z.json()) },
  verdict: z.enum(pairVerdicts),
  after: z.int().exactOptional().meta({ description: 'Samples that decided it.' }),
  samples: z.int().meta({ description: 'Samples that were looked at.' }),
  unscored: z.int().meta({ description: 'Those of them without a score of both, which count as no difference.' }),
  difference: z.number().meta({ description: 'The mean of first − second over these samples.' }),
  interval: z.object({ low: z.number(), high: z.number() }).exactOptional().meta({
    description:
      'Of the mean over the data set, and over all samples that it was drawn from; of all pairs and at all times at once. Absent where there are too few samples.',
  }),
  sequence: z
    .enum(['betting', 'asymptotic'])
    .meta({ description: 'How the interval is computed: for measures with bounds, and for others.' }),
});
export type PairDecision = z.infer<typeof pairDecisionSchema>;

/** Why a data set and model take no more samples. */
export const stretchEnds = ['decided', 'all-samples', 'most-samples', 'unscored'] as const;

/** How far a run is that takes samples until its pairs are decided. */
export const decisionsSchema = z.object({
  alpha: z.number(),
  within: z.number().exactOptional(),
  taken: z.array(
    z.object({
      ...{ dataset: z.string(), model: z.string() },
      samples: z.int().meta({ description: 'Samples that were taken.' }),
      of: z.int().meta({ description: 'Samples of the data set.' }),
      end: z.enum(stretchEnds).exactOptional().meta({ description: 'Why no more are taken; absent while more are.' }),
    }),
  ),
  pairs: z.array(pairDecisionSchema),
});
export type Decisions = z.infer<typeof decisionsSchema>;
