import { z } from 'zod';
import { datasetReferenceSchema, fileReferenceSchema, modelReferenceSchema } from './references.js';
import { sampleChoiceSchema } from './sample-choice.js';

/** What Postgres keeps in an `integer`. */
const storedCount = z.int().positive().max(2_147_483_647);

/** How much of the workers a run gets beside others: each step doubles its part. */
export const prioritySchema = z.int().min(-10).max(10);

export const engineNames = ['onnxruntime', 'tensorflow'] as const;
export const engineNameSchema = z.enum(engineNames);
export type EngineName = z.infer<typeof engineNameSchema>;

/** What computes for the engine tensorflow: TensorFlow's own library, WebAssembly or plain JavaScript. */
export const engineBackendSchema = z.enum(['native', 'wasm', 'cpu']);
export type EngineBackend = z.infer<typeof engineBackendSchema>;

/** What executes a model: of the machine that planned, whose backend every worker must have. */
export const computedBySchema = z.object({
  version: z.string().meta({ description: 'For example onnxruntime-node 1.30.0.' }),
  backend: engineBackendSchema,
});
export type ComputedBy = z.infer<typeof computedBySchema>;

/**
 * The class a map is about, or a metric reads: the model's own choice, the sample's label, of its labels the one with the highest
 * output (where it has none, the model's choice), or a fixed index.
 */
export const classPolicySchema = z.union([
  z.literal('predicted'),
  z.literal('label'),
  z.literal('likeliest-label'),
  z.int().nonnegative(),
]);
export type ClassPolicy = z.infer<typeof classPolicySchema>;

/** One explainer with everything resolved: what a worker needs besides the model and the samples. */
export const plannedExplainerSchema = z.object({
  method: z.string().min(1),
  /** The algorithm's version: raised whenever its maps change. */
  version: storedCount,
  /** The method's own parameters after defaults, without paths and names of the spec. */
  params: z.record(z.string(), z.json()),
  background: z
    .object({ dataset: datasetReferenceSchema, size: z.int().positive(), selection: z.enum(['first', 'random']) })
    .optional(),
  files: z.array(fileReferenceSchema),
});
export type PlannedExplainer = z.infer<typeof plannedExplainerSchema>;

/** One metric at one setting (for example one keep fraction): what one column of scores is about. */
export const plannedSettingSchema = z.object({
  metric: z.string().min(1),
  version: storedCount,
  scoredClass: classPolicySchema,
  /** What distinguishes this setting, for example `{keepFraction: 0.3, baseline: 'zero'}`; canonical, hashed. */
  setting: z.record(z.string(), z.json()),
  /**
   * These measures are shown as their sums divided by `value` in place of the number of samples. Only tables know of it: it is no part
   * of any key, and what is stored of a sample stays the same.
   */
  divisor: z.object({ value: z.int().positive().max(1_000_000_000), measures: z.array(z.string()) }).optional(),
});
export type PlannedSetting = z.infer<typeof plannedSettingSchema>;

/** One evaluation: one data set × one model × one explainer, and the settings it is scored at. */
export const plannedEvaluationSchema = z.object({
  dataset: datasetReferenceSchema,
  model: modelReferenceSchema,
  engine: engineNameSchema,
  /** Absent in plans of earlier versions, which any backend may compute. */
  computedBy: computedBySchema.optional(),
  explainer: plannedExplainerSchema,
  explainedClass: classPolicySchema,
  seed: z.int(),
  /** So many samples of the data set take part: those of `chosen`, or else the first. */
  samples: storedCount,
  chosen: sampleChoiceSchema.optional(),
  settings: z.array(plannedSettingSchema).min(1),
  /** Tells this evaluation from its neighbours in a table, for example `sise gradientThreshold=0.25`. */
  label: z.string().min(1),
});
export type PlannedEvaluation = z.infer<typeof plannedEvaluationSchema>;

/** Which backend the engine must compute on: results of the engine tensorflow differ between them in their last bits. Undefined: any. */
export function backendOf({ engine, computedBy }: Pick<PlannedEvaluation, 'engine' | 'computedBy'>): EngineBackend | undefined {
  return engine === 'tensorflow' ? computedBy?.backend : undefined;
}
