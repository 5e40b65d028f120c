import { z } from 'zod';
import { reasonCodeSchema } from './against.js';
import { selectionSchema } from './selection/selection.js';

/**
 * Which measures methods are ranked by: each metric's headline measure at one setting, or every one with a direction at every
 * setting.
 */
export const rankedMeasures = ['headline', 'all'] as const;

/** Of more columns no agreement is computed. */
export const MOST_AGREEING_COLUMNS = 60;
/** Fewer methods have one order or the other: their tau is ±1, whatever the metrics are. */
export const FEWEST_AGREEING_METHODS = 3;

/** What an interval says of two metrics: wholly above 0, wholly below, or neither. */
export const rankVerdicts = ['agree', 'contradict', 'open'] as const;
export type RankVerdict = (typeof rankVerdicts)[number];

const intervalSchema = z.object({ low: z.number(), high: z.number() });
const tauSchema = {
  tau: z.number().meta({ description: 'Kendall’s tau-b.' }),
  interval: intervalSchema.meta({ description: '95 % of tau, by a bootstrap over the samples.' }),
  verdict: z.enum(rankVerdicts).meta({ description: 'Whether the interval lies above 0, below it, or holds it.' }),
};

/** How alike two columns of a ranking order the methods. */
export const rankAgreementSchema = z.object({
  first: z.int().meta({ description: 'Position of a column.' }),
  second: z.int().meta({ description: 'Position of another column.' }),
  methods: z.int().meta({ description: 'Methods that both columns have, controls left out.' }),
  overMethods: z
    .object({
      ...tauSchema,
      rho: z.number().meta({ description: 'Spearman’s rank correlation.' }),
      rhoInterval: intervalSchema,
    })
    .exactOptional()
    .meta({
      description: 'Of the means of the methods; absent below three methods, or where a column gives all of them one value.',
    }),
  overSamples: z
    .object({ ...tauSchema, samples: z.int().meta({ description: 'Samples on which both columns tell methods apart.' }) })
    .exactOptional()
    .meta({ description: 'The mean over the samples of tau among the scores of one sample; absent without two such samples.' }),
});
export type RankAgreement = z.infer<typeof rankAgreementSchema>;

/** By what methods are ranked. */
export const rankColumnSchema = z.object({
  ...{ metric: z.string(), measure: z.string(), direction: z.enum(['higher', 'lower']), scoredClass: z.string() },
  setting: z.record(z.string(), z.unknown()),
  settings: z.int().meta({ description: 'Settings that the metric was scored at.' }),
  values: z
    .array(z.number().nullable())
    .meta({ description: 'The mean of each method, in the order of `methods`; null: no scores.' }),
  ranks: z
    .array(z.number().nullable())
    .meta({ description: 'The rank of each method, 1 the best; equal values share the mean of their ranks.' }),
  samples: z
    .array(z.int().nullable())
    .exactOptional()
    .meta({ description: 'The samples that each mean is of; absent where all methods have as many.' }),
  against: z
    .array(z.array(reasonCodeSchema))
    .exactOptional()
    .meta({ description: 'What speaks against the scores of each method, by the codes of tables; absent where nothing does.' }),
});
export type RankColumn = z.infer<typeof rankColumnSchema>;

/** The methods of one model on one data set, ranked by each metric. */
export const methodRankingSchema = z.object({
  ...{ dataset: z.string(), model: z.string() },
  methods: z.array(
    z.object({
      ...{ runId: z.string(), runName: z.string(), label: z.string(), method: z.string(), engine: z.string() },
      control: z.boolean().meta({ description: 'Whether its maps know nothing of the model.' }),
      ranked: z.int().meta({ description: 'Columns that have a rank of it.' }),
      meanRank: z.number().nullable(),
      medianRank: z.number().nullable(),
    }),
  ),
  columns: z.array(rankColumnSchema),
  unranked: z
    .array(z.object({ metric: z.string(), measure: z.string() }))
    .meta({ description: 'Measures of maps of which neither high nor low is better.' }),
  agreements: z.array(rankAgreementSchema).meta({ description: 'Every two columns.' }),
});
export type MethodRanking = z.infer<typeof methodRankingSchema>;

export const rankingQuerySchema = selectionSchema.extend({ measures: z.enum(rankedMeasures).exactOptional() });
export type RankingQuery = z.infer<typeof rankingQuerySchema>;
