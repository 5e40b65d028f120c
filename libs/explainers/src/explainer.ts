import type { ClassPolicy, FileReference, MethodDescription, ReluRule, Target } from '@xaigrid/contracts';
import type { Engine, ModelDescription, Passes, RelevanceRules } from '@xaigrid/engine';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import type { z } from 'zod';

/** References for SHAP-like methods, already chosen: row i is reference i. */
export interface Background {
  readonly size: number;
  /** All references, `[size, ...inputShape]`. */
  load(signal?: AbortSignal): Promise<Tensor>;
}

/** What a method needs to prepare for one engine. */
export interface PrepareOptions<Params> {
  readonly engine: Engine;
  readonly params: Params;
  readonly background?: Background;
  /** The paths of the method's files on this machine, in the order of `files()`. */
  readonly filePaths: readonly string[];
  /** The names of the files in messages, in the same order. */
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

/** The maps of some samples. */
export interface Explanation {
  /** `[n, ...positions]` or `[n, ...inputShape]`. */
  readonly maps: Tensor;
  /** One per sample: whether the map contains nothing (all zero because nothing was found). */
  readonly degenerate: readonly boolean[];
  /** Per-sample numbers worth keeping with the map, for example `{additivityError}`. All of length n. */
  readonly diagnostics: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
}

/** A method with its engine, parameters and background, ready to explain. */
export interface PreparedExplainer {
  explain(request: ExplainRequest): Promise<Explanation>;
  close(): Promise<void>;
}

/** How plans of an earlier version are expressed in today's parameters. */
interface EarlierVersion {
  readonly version: number;
  /** Values that today's parameters need to behave like that version. Its plans and hashes do not contain them. */
  readonly params: Readonly<Record<string, JsonPrimitive>>;
}

type JsonPrimitive = string | number | boolean;

/**
 * What a method computes through the model besides its outputs: gradients at the input, at layers or at biases, DeepLIFT's
 * multipliers, or the relevance of the input by rules.
 */
export type Need = (
  | {
      readonly gradientsOf: 'input' | readonly string[];
      /** What goes back through ReLUs. Absent: their gradient. */
      readonly reluRule?: ReluRule;
    }
  | { readonly multipliersOf: 'input' }
  | { readonly biasGradients: true }
  | { readonly relevanceBy: RelevanceRules }
) & {
  /** The differentiated target. Absent: probabilities. */
  readonly target?: Target;
};

/** What a plan knows about the samples of an evaluation before anything is computed. */
export interface PlannedSamples {
  /** Samples of the data set. */
  readonly size: number;
  /** The largest sample index that takes part. */
  readonly last: number;
}

/** One explanation method: the entry of the registry. */
export interface Explainer<Params = unknown> extends MethodDescription {
  /** Raised whenever the maps change. Part of the map key. */
  readonly version: number;
  /** An earlier version that can still be computed, for some parameters. Its maps keep their keys. */
  readonly earlier?: EarlierVersion;
  /**
   * Strict object schema of the method's own parameters, with defaults; without method, explainedClass, background, grid, name.
   */
  readonly params: z.ZodType<Params>;
  readonly defaultExplainedClass: ClassPolicy;
  readonly usesBackground: boolean;
  /** Whether it reads the background with these parameters. Absent: always, if it uses one. */
  needsBackground?(params: Params): boolean;
  /** Whether it reads feature maps of layers, which the spec may name. Left out: no. */
  readonly usesLayers?: boolean;
  /** What a user can do if its maps do not add up, in the imperative. Absent: nothing. */
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
   * Checks parameters and model before anything is computed: LAYER_NOT_FOUND, SHAPE_MISMATCH. Planning calls it, and a worker
   * calls it before `prepare`, which need not check again.
   */
  validate(params: Params, model: ModelDescription): void;
  /** What it needs from the engine. Absent: outputs only. Called after `validate`. */
  needs?(params: Params, model: ModelDescription): Need;
  /**
   * Parameters that name the method's files. Their values in a plan mean nothing, because the files' hashes identify the files.
   */
  readonly fileParams?: readonly string[];
  /** Files the method reads (stored maps), hashed; paths are resolved against `baseFolder`. */
  files(params: Params, baseFolder: string): Promise<FileReference[]>;
  /**
   * Checks the content of its files before anything is computed: SHAPE_MISMATCH. @returns how they are read, one sentence each
   */
  checkFiles?(
    params: Params,
    options: { readonly baseFolder: string; readonly model: ModelDescription; readonly samples: PlannedSamples },
  ): Promise<readonly string[]>;
  /**
   * `params` as a plan contains and hashes them: resolved for this model (default layers filled in), without paths of this
   * machine.
   */
  plannedParams(params: Params, model: ModelDescription): Readonly<Record<string, unknown>>;
  /** Called after `validate`. */
  prepare(options: PrepareOptions<Params>): Promise<PreparedExplainer>;
}
