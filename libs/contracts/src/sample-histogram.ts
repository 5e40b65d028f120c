import { z } from 'zod';
import { sampleFilterShape } from './sample-list.js';
import { selectionSchema } from './selection/selection.js';

/** What a histogram can be of. */
export const histogramValues = ['score', 'confidence', 'disagreement'] as const;
export type HistogramValue = (typeof histogramValues)[number];

/** The most bins of a histogram. */
export const MOST_BINS = 200;

/**
 * A histogram of the samples that a list with the same selection and filters has. The bounds of the value itself do not filter, so
 * that a histogram shows also what they leave out.
 */
export const sampleHistogramQuerySchema = selectionSchema.extend({
  ...sampleFilterShape,
  of: z.enum(histogramValues).default('score'),
  bins: z.int().positive().max(MOST_BINS).default(50),
});
export type SampleHistogramQuery = z.infer<typeof sampleHistogramQuerySchema>;

const count = z.int().nonnegative();

export const sampleHistogramSchema = z.object({
  by: z.int().meta({ description: 'The evaluation whose scores they are, or that filters.' }),
  ...{ metric: z.string(), scoredClass: z.string(), setting: z.record(z.string(), z.unknown()) },
  ...{ measure: z.string(), of: z.enum(histogramValues) },
  counted: count.meta({ description: 'Samples that pass the filters; the bounds of the value itself do not count among them.' }),
  low: z.number().exactOptional().meta({ description: 'The lowest finite value; absent if there is none.' }),
  high: z.number().exactOptional().meta({ description: 'The highest finite value; absent if there is none.' }),
  counts: z.array(count).meta({
    description:
      'Samples a bin, of equal width from low to high. The last bin has its upper end too. One bin if all values are equal.',
  }),
  notFinite: z
    .object({ minusInfinity: count, infinity: count, none: count })
    .meta({ description: 'Samples in no bin: −∞, ∞, and NaN or no value.' }),
});
export type SampleHistogram = z.output<typeof sampleHistogramSchema>;
