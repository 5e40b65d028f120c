import { z } from 'zod';
import { anyNumberSchema } from './any-number.js';
import { selectionSchema } from './selection/selection.js';

/** What the two sides of a comparison differ in. */
export const comparedAcross = ['methods', 'runs', 'models', 'datasets'] as const;
export type ComparedAcross = (typeof comparedAcross)[number];

/** Tests that can be asked for. */
export const pairedTests = ['bootstrap', 'wilcoxon'] as const;

const intervalSchema = z.object({ low: anyNumberSchema, high: anyNumberSchema });

/** Two evaluations, sample by sample: one measure of the samples that both have. */
export const comparisonSchema = z.object({
  dataset: z.string().meta({ description: 'The data set, of the first where they differ.' }),
  model: z.string().meta({ description: 'The model, of the first where they differ.' }),
  ...{ engine: z.string(), metric: z.string(), scoredClass: z.string() },
  setting: z.record(z.string(), z.unknown()),
  measure: z.string(),
  across: z
    .enum(comparedAcross)
    .exactOptional()
    .meta({ description: 'What first and second differ in; absent: the method, within one run.' }),
  method: z.string().exactOptional().meta({ description: 'The label that both evaluations have, unless methods are compared.' }),
  first: z
    .string()
    .meta({ description: 'The label of an evaluation; of others, by `across`, the id of a run, a model or a data set.' }),
  second: z.string().meta({ description: 'The same of another evaluation, which has everything else in common with the first.' }),
  runs: z
    .object({ first: z.string(), second: z.string() })
    .exactOptional()
    .meta({ description: 'Ids of the runs that they are of, if several runs were asked for.' }),
  samples: z.int().meta({ description: 'Samples that are scored for both; if they are not paired, those of the first.' }),
  otherSamples: z
    .int()
    .exactOptional()
    .meta({ description: 'Samples of the second; present if the two have other samples, so that nothing can be paired.' }),
  difference: anyNumberSchema.meta({ description: 'The mean of first − second over these samples.' }),
  interval: intervalSchema
    .optional()
    .meta({ description: '95 %, from the sample variance of the differences; absent for one sample.' }),
  higher: z.int().exactOptional().meta({ description: 'Samples for which the first is higher; absent if they are not paired.' }),
  lower: z.int().exactOptional().meta({ description: 'Samples for which the first is lower; absent if they are not paired.' }),
  test: z
    .object({
      name: z.enum([...pairedTests, 'unpaired-bootstrap', 'welch']),
      p: z.number().meta({ description: 'Two-sided p-value of first and second being the same.' }),
      holm: z.number().meta({ description: 'The p-value after Holm’s correction for the family.' }),
      family: z.int().meta({ description: 'How many pairs the family has: all pairs here of one measure and setting.' }),
    })
    .exactOptional()
    .meta({ description: 'Absent where there are fewer than two samples.' }),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** Which comparisons of one or several runs are asked for; left out: all. */
export const comparisonFilterSchema = selectionSchema.extend({
  measure: z.string().exactOptional(),
  /** Only comparisons with one of these as the second, named as `method` names them; `method` itself says what comes first. */
  against: z.array(z.string()).min(1).exactOptional(),
  /** Default: methods within one run; of several runs, the same method in two of them. */
  across: z.enum(comparedAcross).exactOptional(),
  /** Default bootstrap. */
  test: z.enum(pairedTests).exactOptional(),
});
export type ComparisonFilter = z.infer<typeof comparisonFilterSchema>;
