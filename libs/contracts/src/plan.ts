import { z } from 'zod';
import { datasetReferenceSchema, fileReferenceSchema, modelReferenceSchema } from './references.js';
import { sampleChoiceSchema } from './sample-choice.js';

/** A count that fits into an `integer` of Postgres. */
const storedCount = z.int().positive().max(2_147_483_647);

/** A run's share of the workers relative to other runs: each step up doubles it. */
export const prioritySchema = z.int().min(-10).max(10);

/** The engines that can execute a model. */
export const engineNames = ['onnxruntime', 'tensorflow'] as const;
export const engineNameSchema = z.enum(engineNames);
export type EngineName = z.infer<typeof engineNameSchema>;

/** What the engine tensorflow computes with: TensorFlow's native library, WebAssembly or plain JavaScript. */
export const engineBackendSchema = z.enum(['native', 'wasm', 'cpu']);
export type EngineBackend = z.infer<typeof engineBackendSchema>;

/** Where an engine computes. Which of them an engine has, its adapter says. */
export const deviceSchema = z.enum(['cpu', 'webgpu', 'cuda']);
export type Device = z.infer<typeof deviceSchema>;
/** Those that an engine of this version has: what a spec and a worker's environment may name. */
export const offeredDevices = ['cpu'] as const satisfies readonly Device[];

/** What executes a model: of the machine that planned, whose backend every worker must have. */
export const computedBySchema = z.object({
  version: z.string().meta({ description: 'For example onnxruntime-node 1.30.0.' }),
  backend: engineBackendSchema,
  /** Absent in plans of earlier versions, which computed on the processor. */
  device: deviceSchema.optional(),
});
export type ComputedBy = z.infer<typeof computedBySchema>;

/**
 * The class that a map explains, or that a metric reads: the predicted class, the sample's label, the label with the highest
 * output (the predicted class if the sample has no label), or a fixed class index.
 */
export const classPolicySchema = z.union([
  z.literal('predicted'),
  z.literal('label'),
  z.literal('likeliest-label'),
  z.int().nonnegative(),
]);
export type ClassPolicy = z.infer<typeof classPolicySchema>;

/** One explainer with everything resolved: all that a worker needs besides the model and the samples. */
export const plannedExplainerSchema = z.object({
  method: z.string().min(1),
  /** The version of the algorithm. It is raised whenever its maps change. */
  version: storedCount,
  /** The method's own parameters with defaults filled in, without paths and without names from the spec. */
  params: z.record(z.string(), z.json()),
  background: z
    .object({ dataset: datasetReferenceSchema, size: z.int().positive(), selection: z.enum(['first', 'random']) })
    .optional(),
  files: z.array(fileReferenceSchema),
});
export type PlannedExplainer = z.infer<typeof plannedExplainerSchema>;

/** One metric at one setting, for example one keep fraction. One row of a table shows its scores. */
export const plannedSettingSchema = z.object({
  metric: z.string().min(1),
  version: storedCount,
  scoredClass: classPolicySchema,
  /** What distinguishes this setting, for example `{keepFraction: 0.3, baseline: 'zero'}`. It is hashed as canonical JSON. */
  setting: z.record(z.string(), z.json()),
  /** The hash of the regions that its scores depend on, if the data set has some with a hash of their own. */
  regions: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /**
   * Tables show these measures as sums divided by `value` instead of by the number of samples. The divisor is part of no key, and
   * the stored scores do not depend on it.
   */
  divisor: z.object({ value: z.int().positive().max(1_000_000_000), measures: z.array(z.string()) }).optional(),
});
export type PlannedSetting = z.infer<typeof plannedSettingSchema>;

/** One evaluation: one data set × one model × one explainer, and the settings it is scored at. */
export const plannedEvaluationSchema = z.object({
  dataset: datasetReferenceSchema,
  model: modelReferenceSchema,
  engine: engineNameSchema,
  /** Absent in plans of earlier versions. Any backend may compute those. */
  computedBy: computedBySchema.optional(),
  explainer: plannedExplainerSchema,
  explainedClass: classPolicySchema,
  seed: z.int(),
  /** The number of samples that take part: those of `chosen`, or the first ones of the data set. */
  samples: storedCount,
  chosen: sampleChoiceSchema.optional(),
  settings: z.array(plannedSettingSchema).min(1),
  /** Distinguishes this evaluation from others in a table, for example `sise gradientThreshold=0.25`. */
  label: z.string().min(1),
});
export type PlannedEvaluation = z.infer<typeof plannedEvaluationSchema>;

/** Where the engine must compute. */
export function deviceOf({ computedBy }: Pick<PlannedEvaluation, 'computedBy'>): Device {
  return computedBy?.device ?? 'cpu';
}

/** Which backend the engine must compute on: results of the engine tensorflow differ between them in their last bits. Undefined: any. */
export function backendOf({ engine, computedBy }: Pick<PlannedEvaluation, 'engine' | 'computedBy'>): EngineBackend | undefined {
  return engine === 'tensorflow' ? computedBy?.backend : undefined;
}
