import type { ClassPolicy, FileReference, MethodDescription, Target } from '@xaigrid/contracts';
import type { Engine, ModelDescription, Passes } from '@xaigrid/engine';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';

/** References for SHAP-like methods, already chosen: row i is reference i. */
export interface Background {
  readonly size: number;
  /** All references, `[size, ...inputShape]`. */
  load(signal?: AbortSignal): Promise<Tensor>;
}

export interface PrepareOptions<Params> {
  readonly engine: Engine;
  readonly params: Params;
  readonly background?: Background;
  /** Where the method's files are on this machine, in the order of `files()`. */
  readonly filePaths: readonly string[];
  /** What the files are called, for messages; in the same order. */
  readonly fileNames?: readonly string[];
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** What is explained of each sample: its class, and the one that it is contrasted with. */
export interface ExplainRequest extends ExplainedOutputs {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** Positions in the data set; together with the seed the only source of randomness. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

export interface Explanation {
  /** `[n, ...positions]` or `[n, ...inputShape]`. */
  readonly maps: Tensor;
  /** One a sample: the map says nothing (all zero because nothing was found). */
  readonly degenerate: readonly boolean[];
  /** Per-sample numbers worth keeping with the map, for example `{additivityError}`. All of length n. */
  readonly diagnostics: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
}

/** A method with its engine, parameters and background at hand. */
export interface PreparedExplainer {
  explain(request: ExplainRequest): Promise<Explanation>;
  close(): Promise<void>;
}

/** How an earlier version's maps are asked for today. */
interface EarlierVersion {
  readonly version: number;
  /** What it did that the parameters say today and did not then; they are planned and hashed without. */
  readonly params: Readonly<Record<string, JsonPrimitive>>;
}

type JsonPrimitive = string | number | boolean;

/** What a method computes through the model besides its outputs: gradients at the input or at layers, or DeepLIFT's multipliers. */
export type Need = ({ readonly gradientsOf: 'input' | readonly string[] } | { readonly multipliersOf: 'input' }) & {
  /** Of what; left out: of probabilities. */
  readonly target?: Target;
};

/** What a plan knows of an evaluation before anything is computed. */
export interface PlannedSamples {
  /** Of the data set. */
  readonly size: number;
  /** The largest sample index that takes part. */
  readonly last: number;
}

/** One explanation method: the entry of the registry. */
export interface Explainer<Params = unknown> extends MethodDescription {
  /** Raised whenever the maps change. Part of the map key. */
  readonly version: number;
  /** A version before that is still drawn, for parameters that say so: its maps keep their keys. */
  readonly earlier?: EarlierVersion;
  /** Strict object schema of the method's own parameters, with defaults; without method, explainedClass, background, grid, name. */
  readonly params: z.ZodType<Params>;
  readonly defaultExplainedClass: ClassPolicy;
  readonly usesBackground: boolean;
  /** Whether it reads feature maps of layers, which the spec may name. Left out: no. */
  readonly usesLayers?: boolean;
  /** What a user can do where its maps do not add up, in the imperative. Left out: nothing. */
  readonly sumRemedy?: string;
  /** Largest number of samples worth explaining in one call; bounds memory. */
  samplesPerCall(engine: Pick<Engine, 'batchSize' | 'model'>, params: Params): number;
  /**
   * How often it runs the model to explain one sample. Called after `validate`.
   * @param references how many samples its background has; 0 without one
   */
  passes(params: Params, model: ModelDescription, references: number): Passes;
  /**
   * The shape of one map. Called after `validate`.
   * @param filePaths where the method's files are, in the order of `files()`
   */
  mapShape(params: Params, model: ModelDescription, filePaths: readonly string[]): Promise<readonly number[]>;
  /**
   * Complains early, before anything is computed: LAYER_NOT_FOUND, SHAPE_MISMATCH. Planning calls it, and a worker before `prepare`, which need
   * not check again.
   */
  validate(params: Params, model: ModelDescription): void;
  /** What it asks of the engine; left out: outputs only. Called after `validate`. */
  needs?(params: Params, model: ModelDescription): Need;
  /** Parameters that name the method's files: what a plan has in their place says nothing, the files do. */
  readonly fileParams?: readonly string[];
  /** Files the method reads (stored maps), hashed; paths are resolved against `baseFolder`. */
  files(params: Params, baseFolder: string): Promise<FileReference[]>;
  /** Complains early of what its files hold: SHAPE_MISMATCH. @returns how they are read, one sentence each */
  checkFiles?(
    params: Params,
    options: { readonly baseFolder: string; readonly model: ModelDescription; readonly samples: PlannedSamples },
  ): Promise<readonly string[]>;
  /** `params` as a plan has them, which is what is hashed: resolved for this model (default layers filled in), without paths of this machine. */
  plannedParams(params: Params, model: ModelDescription): Readonly<Record<string, unknown>>;
  /** Called after `validate`. */
  prepare(options: PrepareOptions<Params>): Promise<PreparedExplainer>;
}
