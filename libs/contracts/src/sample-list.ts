import { z } from 'zod';
import { anyNumberSchema } from './any-number.js';
import { selectionSchema } from './selection/selection.js';

/** What samples can be ordered by; with `-` in front the largest first. */
const ordered = ['sample', 'score', 'confidence', 'disagreement'] as const;
export type SampleOrderName = (typeof ordered)[number];
export type SampleSort = SampleOrderName | `-${SampleOrderName}`;
export const sampleSorts: readonly SampleSort[] = ordered.flatMap((name) => [name, `-${name}` as const]);

/** The most samples in one answer. */
export const MOST_SAMPLES = 1_000;

/** By whose scores samples are ordered and filtered, and what passes. */
export const sampleFilterShape = {
  by: z.int().nonnegative().exactOptional(),
  measure: z.string().exactOptional(),
  class: z.int().nonnegative().exactOptional(),
  predicted: z.int().nonnegative().exactOptional(),
  right: z.boolean().exactOptional(),
  degenerate: z.boolean().exactOptional(),
  minScore: z.number().exactOptional(),
  maxScore: z.number().exactOptional(),
  minConfidence: z.number().exactOptional(),
  maxConfidence: z.number().exactOptional(),
  minDisagreement: z.number().exactOptional(),
  maxDisagreement: z.number().exactOptional(),
};

/**
 * Which samples of a run to list, and in which order. The selection chooses one metric at one setting of one model and data set;
 * the evaluations that it chooses are those whose scores are shown and compared. Bounds are inclusive.
 */
export const sampleListQuerySchema = selectionSchema.extend({
  ...sampleFilterShape,
  sort: z.enum(sampleSorts).default('sample'),
  after: z.int().nonnegative().exactOptional(),
  before: z.int().nonnegative().exactOptional(),
  limit: z.int().positive().max(MOST_SAMPLES).default(100),
});
export type SampleListQuery = z.infer<typeof sampleListQuerySchema>;

const listedSampleSchema = z.object({
  sampleIndex: z.int(),
  trueClass: z.int().meta({ description: 'The label of the sample; −1 if it has none, or a set of labels.' }),
  trueClasses: z.array(z.int()).readonly().exactOptional().meta({ description: 'Its set of labels, ascending, if it has one.' }),
  predictedClass: z.int(),
  confidence: anyNumberSchema.meta({ description: 'The model’s output for the class that it predicts.' }),
  disagreement: anyNumberSchema.exactOptional().meta({
    description:
      'The standard deviation (divided by n) of the measure over the compared methods, controls left out, that have a finite score; absent if fewer than two have one.',
  }),
  scores: z.array(z.object({ evaluation: z.int(), value: anyNumberSchema, degenerate: z.boolean() })).meta({
    description: 'The measure of each selected evaluation that has scored the sample.',
  }),
});
export type ListedSample = z.output<typeof listedSampleSchema>;

/** A page of a run's samples. */
export const sampleListSchema = z.object({
  by: z.int().meta({ description: 'The evaluation whose scores order and filter.' }),
  ...{ metric: z.string(), scoredClass: z.string(), setting: z.record(z.string(), z.unknown()) },
  measure: z.string(),
  compared: z.array(z.int()).meta({ description: 'The evaluations whose disagreement it is.' }),
  scored: z.int().meta({ description: 'Samples that the evaluation has scored.' }),
  matching: z.int().meta({ description: 'How many of them pass the filter.' }),
  place: z.int().meta({ description: 'Of the first sample here among those, from 0.' }),
  samples: z.array(listedSampleSchema),
  next: z.int().exactOptional().meta({ description: 'The sample after which the next page begins; absent on the last page.' }),
});
export type SampleList = z.output<typeof sampleListSchema>;
