import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import type { SettingRules } from '../../setting-rules.js';
import { assertBaselineFits, baselineParameter, baselineSchema, canonicalBaseline } from '../../perturbation/baseline.js';

const DEFAULT_KEEP_FRACTIONS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const keepFractionSchema = z.number().min(0).max(1);
const keepThresholdSchema = z.number();

const paramsSchema = z.strictObject({
  keepFractions: z.array(keepFractionSchema).min(1).optional().meta({
    description: "Keep the ⌊n·f⌋ highest of a map's n values. Default when there are no keepThresholds: 0.1, 0.2, … 0.9.",
  }),
  keepThresholds: z
    .array(keepThresholdSchema)
    .min(1)
    .optional()
    .meta({ description: 'Keep the positions whose map value is above the threshold.' }),
  baseline: baselineParameter,
  ties: z.enum(['left-out', 'random']).default('left-out').meta({
    description:
      'At a keep fraction, of values that are equal to the first one that is not kept: none are kept, or as many as are wanting, by lot.',
  }),
  divisor: z.int().positive().max(1_000_000_000).optional().meta({
    description:
      'Drop and increase rate are sums divided by this in place of the number of samples (and the bounds of their intervals likewise), to compare with results that were divided so. Changes tables, not scores.',
  }),
});
type Params = z.infer<typeof paramsSchema>;

/** One setting, as it comes back from the store. */
const settingSchema = z.union([
  z.strictObject({ keepFraction: keepFractionSchema, baseline: baselineSchema, ties: z.literal('random').optional() }),
  z.strictObject({ keepThreshold: keepThresholdSchema, baseline: baselineSchema }),
]);
export type DropIncreaseSetting = z.infer<typeof settingSchema>;

/**
 * One setting for each keep fraction, then one for each keep threshold, in the given order, without repeats.
 * @throws SHAPE_MISMATCH for a baseline that does not fit the model.
 */
function settingsOf(params: Params, model: Pick<ModelDescription, 'inputShape'>): DropIncreaseSetting[] {
  const { keepThresholds = [], keepFractions = keepThresholds.length > 0 ? [] : DEFAULT_KEEP_FRACTIONS } = params;
  assertBaselineFits(params.baseline, model.inputShape);
  const baseline = canonicalBaseline(params.baseline);
  return [
    ...[...new Set(keepFractions)].map((keepFraction) => ({
      ...{ keepFraction, baseline },
      ...(params.ties === 'random' ? { ties: params.ties } : {}),
    })),
    ...[...new Set(keepThresholds)].map((keepThreshold) => ({ keepThreshold, baseline })),
  ];
}

export const dropIncreaseRules: SettingRules<Params, DropIncreaseSetting> = {
  params: paramsSchema,
  setting: settingSchema,
  forms: '{keepFraction, baseline}, with ties: random or without, or {keepThreshold, baseline}',
  settings: settingsOf,
};
