import type { MetricDescription, PlannedSetting } from '@xaigrid/contracts';
import type { Engine, ModelDescription, ModelVariant, Passes } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';
import type { SharedRows } from './shared-rows.js';

/** One setting of a metric, for example `{keepFraction: 0.3, baseline: 'zero'}`. It is plain JSON in canonical form. */
export type Setting = Readonly<Record<string, unknown>>;

/** Samples to explain again. */
export interface MapsWanted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The explained class of each row. */
  readonly classes: Int32Array<ArrayBuffer>;
  /** The sample whose random numbers each row uses. A random method draws for the row what it drew for that sample's own map. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
}

/**
 * Draws maps with the method, parameters, background and seed of the scored maps. Such maps are compared and dropped, never
 * stored.
 * @returns `[n, ...]`, in the shape of the scored maps
 */
export type DrawAgain = (wanted: MapsWanted) => Promise<Tensor>;

/** The ports of a metric that explains again. */
export interface Redrawing {
  readonly draw: DrawAgain;
  /** The same on a variant of the model. Only one variant exists at a time; it is closed when `work` ends. */
  readonly onVariant: <Result>(variant: ModelVariant, work: (draw: DrawAgain) => Promise<Result>) => Promise<Result>;
  /** The class that each sample's map explains. */
  readonly explainedClasses: Int32Array<ArrayBuffer>;
}

/** What a metric scores: samples, their maps, and the engine to run the model with. */
export interface ScoreRequest {
  readonly engine: Engine;
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** `[n, ...positions]` or `[n, ...inputShape]` */
  readonly maps: Tensor;
  /** The model's outputs on the unmasked samples, `[n, classes]`. */
  readonly predictions: Tensor;
  /** The scored class of each sample. */
  readonly classes: Int32Array<ArrayBuffer>;
  readonly settings: readonly Setting[];
  /**
   * `[n, ...positions]`: 1 inside the region that determines a sample's class, else 0. Present if and only if the data set has
   * regions.
   */
  readonly regions?: Tensor;
  /** The position of each sample in the data set, by which messages name samples. Without it they name rows. */
  readonly sampleIndices?: Int32Array<ArrayBuffer>;
  /** The seed of the evaluation. Together with the sample's index it is the only source of randomness. */
  readonly seed: number;
  /** Present for metrics that draw maps again (`drawsAgain`). */
  readonly redrawing?: Redrawing;
  /** What other metrics computed for these samples and maps. Absent: nothing is shared. It changes scores by no more than batches of another size do: by rounding. */
  readonly shared?: SharedRows | undefined;
  readonly signal?: AbortSignal;
}

/** The scores of a request: `measures[m][s * n + i]` is measure m of sample i at setting s. */
export interface Scores {
  readonly measures: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
}

/** One metric, as the registry lists it. */
export interface Metric<Params = unknown> extends MetricDescription {
  /** Raised whenever the metric's scores change. */
  readonly version: number;
  /** The strict object schema of the metric's own parameters, with defaults; without `metric` and `scoredClass`. */
  readonly params: z.ZodType<Params>;
  /** Whether it compares maps with regions, which not every data set has. Absent: no. */
  readonly needsRegions?: boolean;
  /**
   * All settings that the parameters ask for. Each holds everything that its scores depend on.
   * @throws SHAPE_MISMATCH for a baseline that does not fit
   */
  settings(params: Params, model: ModelDescription): Setting[];
  /**
   * Which measures tables divide by another number than the number of samples. It changes no score, so it is not part of a
   * setting.
   */
  divisor?(params: Params): PlannedSetting['divisor'];
  /** The largest number of samples to score in one call with that many settings. It bounds memory. */
  samplesPerCall(engine: Pick<Engine, 'batchSize' | 'model'>, settings: number): number;
  /** How often it runs the model to score one sample at these settings, apart from drawing maps again. */
  passes(settings: readonly Setting[], model: ModelDescription): Passes;
  /** How many maps it draws again to score one sample at these settings. Absent: none. */
  drawsAgain?(settings: readonly Setting[]): number;
  score(request: ScoreRequest): Promise<Scores>;
}
