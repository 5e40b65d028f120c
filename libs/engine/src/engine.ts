import type { EngineBackend, EngineName, SoftmaxRule, Target } from '@xaigrid/contracts';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';

type Float32 = Float32Array<ArrayBuffer>;

/** One layer (Keras) or named value (ONNX) of a model, as users name it. */
export interface LayerDescription {
  readonly name: string;
  /** Other names it goes by, none of which is another layer's: `features.0` for `/features/0/Conv`. */
  readonly aliases?: readonly string[];
  /** The layer's class or operator, for example `Conv1D`, `MaxPool`. */
  readonly kind: string;
  /** Output shape without the batch axis, channels last: `[40, 25]`, `[224, 224, 64]`, `[10]`. */
  readonly shape: readonly number[];
  readonly parameters: number;
}

/** What an engine says of the model it executes. Shapes are channels-last as in Keras, without the batch axis. */
export interface ModelDescription {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Both classes are made of one number that the file says is the probability of class 1. */
  readonly ofOneProbability?: boolean;
  /** Classes exclude each other: the outputs of a sample add up to 1. */
  readonly exclusive?: boolean;
  /** Whether logits and logarithms of probabilities can be explained too, as `Target` has them. */
  readonly logits?: boolean;
  readonly layers: readonly LayerDescription[];
  /** The layers SISE explains by default: the last layer of every convolutional block. */
  readonly saliencyLayers: readonly string[];
  /** Layers that have weights, step by step from the input: a layer with a kernel, and what follows it up to the next. */
  readonly weightSteps: readonly (readonly string[])[];
}

/** What F is of a class. */
interface Targeted {
  /** Default: the probability. */
  readonly target?: Target | undefined;
}

export interface GradientRequest extends ExplainedOutputs, Targeted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The input, or layers by name. */
  readonly wrt: 'input' | readonly string[];
  /** `positions`: average each layer's gradient over its positions, leaving `[n, channels]`. Default `none`. */
  readonly reduce?: 'none' | 'positions';
}

export interface LayerGradient {
  /** `input` or the layer's name. */
  readonly of: string;
  /** The layer's output (for the input: the input itself), `[n, ...shape]`. */
  readonly activations: Tensor;
  /** ∂F/∂activations, `[n, ...shape]`, or `[n, channels]` when reduced. */
  readonly gradient: Tensor;
}

/** Where a NaN or an infinity arises: the first node that makes one from finite values. */
export interface NotFinite {
  readonly node: string;
  readonly operator: string;
  /** The node's own value, or the gradient that it passes on. */
  readonly of: 'value' | 'gradient';
}

/** Kept is where the map of a row's sample is above the row's threshold; the rest is replaced. */
export interface ThresholdMasks {
  /** `[n, ...positions]` (one number a position, all channels masked alike) or `[n, ...inputShape]`. */
  readonly maps: Tensor;
  /** One a row. */
  readonly above: Float32;
}

/** How much of a row's sample is seen at each position, from 0 to 1: one channel of a map that is resized linearly to the sample's positions. */
export interface ResizedMasks {
  /** `[m, ...grid, channels]`; of a table, whose features have no neighbours, the grid is its features. */
  readonly maps: Tensor;
  /** Which map a row has; one a row. */
  readonly mapOf: Int32Array<ArrayBuffer>;
  /** And which of its channels; one a row. */
  readonly channelOf: Int32Array<ArrayBuffer>;
  /** Whether the resized map is scaled to [0, 1], as (m − min)/(max − min + 1e-6). */
  readonly scaled: boolean;
}

/**
 * Replaces what is masked away: zeros; a tensor of `inputShape`, the same for all samples, or `[n, ...inputShape]`; of each row one of several
 * references, `[m, ...inputShape]`; or the sample itself blurred by a Gaussian of standard deviation `blur` (in positions), per channel over all
 * position axes in float32. Its radius is ⌊4·blur + 0.5⌋, borders reflect (d c b a | a b c d | d c b a): `scipy.ndimage.gaussian_filter`.
 */
export type MaskBaseline =
  'zero' | Tensor | { readonly references: Tensor; readonly referenceOf: Int32Array<ArrayBuffer> } | { readonly blur: number };

export interface MaskScoresRequest extends Targeted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** Whose sample each row is. */
  readonly sampleOf: Int32Array<ArrayBuffer>;
  readonly masks: ThresholdMasks | ResizedMasks;
  readonly baseline: MaskBaseline;
  /** Whether masks are summed up too, each weighted by F of its row. Only of resized masks over zeros, a sample's rows one after the other. */
  readonly sums?: ExplainedOutputs;
}

export interface MaskScores {
  /** Outputs on x ⊙ m + baseline ⊙ (1 − m), `[rows, classes]`. */
  readonly outputs: Tensor;
  /** Σ F·m/(Σ m + 1e-6) over the rows of each sample: `[n, ...input positions]` (no channels); zero for a sample without rows. */
  readonly sums?: Tensor;
}

export interface DeepLiftRequest extends ExplainedOutputs {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
}

export interface DeepLiftAttribution {
  /** φ = mean over references of m(x, r) ⊙ (x − r): `[n, ...inputShape]`. */
  readonly attributions: Tensor;
  /** F(x), one a sample, from the head computed in float64. */
  readonly outputs: Float64Array<ArrayBuffer>;
  /** mean over references of F(r), one a sample. Σφ = outputs − expected up to rounding. */
  readonly expected: Float64Array<ArrayBuffer>;
  /**
   * One a sample: 64 where float32 missed the sum by more than 1e-5 and the sample was done again in float64, else 32. Where a
   * sample of 32 misses it still, float64 is beyond the engine for this model: an operation without a kernel, or large images.
   */
  readonly bits: Uint8Array<ArrayBuffer>;
}

export interface DeepLiftOptions extends Targeted {
  /** How a softmax is taken apart; default `log-softmax`. */
  readonly softmaxRule?: SoftmaxRule;
}

/** DeepLIFT rescale rule against references whose forward pass was done once. */
export interface DeepLift {
  attribute(request: DeepLiftRequest): Promise<DeepLiftAttribution>;
  close(): Promise<void>;
}

export interface ExpectedGradientsRequest extends ExplainedOutputs {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** `[n, draws]`: which reference each draw uses. */
  readonly references: Int32Array<ArrayBuffer>;
  /** `[n, draws]`: t of the point t·x + (1 − t)·r. */
  readonly fractions: Float32;
  readonly draws: number;
}

export interface ExpectedGradientsAttribution {
  /** mean over draws of ∇F(t·x + (1 − t)·r) ⊙ (x − r): `[n, ...inputShape]`. */
  readonly attributions: Tensor;
  /** Standard error of that mean, from the draws' sample variance: `[n, ...inputShape]`; NaN for one draw. */
  readonly standardErrors: Tensor;
}

export interface ExpectedGradients {
  attribute(request: ExpectedGradientsRequest): Promise<ExpectedGradientsAttribution>;
  close(): Promise<void>;
}

/**
 * Executes one model. Samples are channels-last (`[n, length, channels]`, `[n, height, width, channels]`), as Keras has them.
 *
 * Every method takes any number of samples and cuts them into batches of one fixed size per model, the last one padded, so
 * that a sample's result is the same bits whatever it is computed together with.
 *
 * All methods throw SHAPE_MISMATCH for inputs that do not fit the model, LAYER_NOT_FOUND for an unknown layer,
 * OPERATION_UNSUPPORTED when the model has an operation that the request cannot be computed through, or no such target, and ENGINE_FAILED.
 */
export interface Engine {
  readonly name: EngineName;
  /** Name and version of what executes, for the record: `onnxruntime-node 1.30.0`. */
  readonly version: string;
  /** What computes: `cpu`; of the engine tensorflow `native`, `wasm` or `cpu`, whose results differ in their last bits. */
  readonly backend: EngineBackend;
  readonly model: ModelDescription;
  /** Rows in one of the engine's batches of `predict`. */
  readonly batchSize: number;

  /** `[n, ...inputShape]` → outputs `[n, classes]`: probabilities, or what `target` says. */
  predict(inputs: Tensor, target?: Target): Promise<Tensor>;
  /** Outputs of the named layers, `[n, ...shape]` each. */
  activations(inputs: Tensor, layers: readonly string[]): Promise<Tensor[]>;
  gradient(request: GradientRequest): Promise<LayerGradient[]>;
  /** Outputs on samples of which masks hide a part: what SISE, Score-CAM, occlusion, Kernel SHAP and the metrics of perturbation are made of. */
  scoreMasks(request: MaskScoresRequest): Promise<MaskScores>;
  /**
   * For an error's words: where NaN or an infinity arises while p_c of the first such sample and its gradient are computed;
   * undefined where everything is finite, or where the engine cannot tell.
   */
  findNotFinite(request: Pick<GradientRequest, 'inputs' | 'classes'>): Promise<NotFinite | undefined>;
  /** @param references `[m, ...inputShape]` */
  deepLift(references: Tensor, options?: DeepLiftOptions): Promise<DeepLift>;
  /**
   * @param references `[m, ...inputShape]`
   * @param target of what is differentiated; default: the probability
   */
  expectedGradients(references: Tensor, target?: Target): Promise<ExpectedGradients>;
  close(): Promise<void>;
}
