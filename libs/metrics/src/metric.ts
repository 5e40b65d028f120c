import type { MetricDescription, PlannedSetting } from '@xaigrid/contracts';
import type { Engine, ModelDescription, ModelVariant, Passes } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';

/** One setting of a metric, for example `{keepFraction: 0.3, baseline: 'zero'}`. Plain JSON, canonical. */
export type Setting = Readonly<Record<string, unknown>>;

/** Samples that are to be explained once more. */
export interface MapsWanted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The explained class, one a row. */
  readonly classes: Int32Array<ArrayBuffer>;
  /** The sample whose randomness a row's map has: a method that draws at random draws for it what it drew for that sample's own map. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
}

/**
 * Draws maps as those that are scored were drawn: by the same method, parameters, background and seed. They are compared and dropped,
 * never stored.
 * @returns `[n, ...]`, of the shape of the maps that are scored
 */
export type DrawAgain = (wanted: MapsWanted) => Promise<Tensor>;

/** What a metric that explains again is given besides. */
export interface Redrawing {
  readonly draw: DrawAgain;
  /** The same on a variant of the model. There is one variant at a time, and none is left when `work` is done. */
  readonly onVariant: <Result>(variant: ModelVariant, work: (draw: DrawAgain) => Promise<Result>) => Promise<Result>;
  /** The class that each sample's map is about. */
  readonly explainedClasses: Int32Array<ArrayBuffer>;
}

export interface ScoreRequest {
  readonly engine: Engine;
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** `[n, ...positions]` or `[n, ...inputShape]` */
  readonly maps: Tensor;
  /** The model's outputs on the unmasked samples, `[n, classes]`. */
  readonly predictions: Tensor;
  /** The scored class, one a sample. */
  readonly classes: Int32Array<ArrayBuffer>;
  readonly settings: readonly Setting[];
  /** `[n, ...positions]`: 1 inside the region that makes a sample's class, else 0. Present iff the data set has regions. */
  readonly regions?: Tensor;
  /** Positions in the data set, one a sample, to name samples by in messages; without them rows are named. */
  readonly sampleIndices?: Int32Array<ArrayBuffer>;
  /** Of the evaluation: with the sample's index, the only source of randomness. */
  readonly seed: number;
  /** Present for metrics that say how often they draw (`drawsAgain`). */
  readonly redrawing?: Redrawing;
  readonly signal?: AbortSignal;
}

/** `measures[m][s * n + i]`: measure m, setting s, sample i. */
export interface Scores {
  readonly measures: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
}

/** One metric: the entry of the registry. */
export interface Metric<Params = unknown> extends MetricDescription {
  /** Raised whenever the scores change. */
  readonly version: number;
  /** Strict object schema of the metric's own parameters, with defaults; without metric and scoredClass. */
  readonly params: z.ZodType<Params>;
  /** Whether it compares maps with regions: only data sets that have them can be scored by it. Left out: no. */
  readonly needsRegions?: boolean;
  /** All settings the parameters ask for; each holds everything its scores depend on. Throws SHAPE_MISMATCH for a baseline that does not fit. */
  settings(params: Params, model: ModelDescription): Setting[];
  /** Which measures tables divide by another number than that of the samples; no part of a setting, since it changes no score. */
  divisor?(params: Params): PlannedSetting['divisor'];
  /** Largest number of samples worth scoring in one call with that many settings; bounds memory. */
  samplesPerCall(engine: Pick<Engine, 'batchSize' | 'model'>, settings: number): number;
  /** How often it runs the model to score one sample at these settings, without what drawing maps again takes. */
  passes(settings: readonly Setting[], model: ModelDescription): Passes;
  /** How many maps it has drawn again to score one sample at these settings. Left out: none. */
  drawsAgain?(settings: readonly Setting[]): number;
  score(request: ScoreRequest): Promise<Scores>;
}
