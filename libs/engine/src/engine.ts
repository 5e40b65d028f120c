import type { Device, EngineBackend, EngineName, ReluRule, SoftmaxRule, Target } from '@xaigrid/contracts';
import type { ModelAttention, RelevanceRules, TokenGrid } from '@xaigrid/graph';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';

type Float32 = Float32Array<ArrayBuffer>;

/** One layer (Keras) or named value (ONNX) of a model, as users name it. */
export interface LayerDescription {
  readonly name: string;
  /** Other names of this layer. None is the name of another layer: `features.0` for `/features/0/Conv`. */
  readonly aliases?: readonly string[];
  /** Those of them that are names of PyTorch modules, the outermost first. */
  readonly modules?: readonly string[];
  /** Whether it is attention between tokens, whose axes are no positions. */
  readonly attention?: true;
  /** Whether the model has attention and nothing is known of where the output has positions, as within windows and heads. */
  readonly unplaced?: true;
  /** How the tokens lie on the sample, if the output is `[tokens, channels]`. */
  readonly tokens?: TokenGrid;
  /** The layer's class or operator, for example `Conv1D`, `MaxPool`. */
  readonly kind: string;
  /** Output shape without the batch axis, channels last: `[40, 25]`, `[224, 224, 64]`, `[10]`. */
  readonly shape: readonly number[];
  readonly parameters: number;
}

/** The description of the model that an engine executes. Shapes are channels-last as in Keras, without the batch axis. */
export interface ModelDescription {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Whether both classes are derived from one number, which is the probability of class 1 according to the file. */
  readonly ofOneProbability?: boolean;
  /** Whether classes exclude each other: the outputs of a sample add up to 1. */
  readonly exclusive?: boolean;
  /** Whether logits and log-probabilities can be explained too (`Target`). */
  readonly logits?: boolean;
  readonly layers: readonly LayerDescription[];
  /** Attention between tokens, from the input to the output. Absent if there is none. */
  readonly attention?: readonly ModelAttention[];
  /** The tokens that the head reads, counted as at the end of the last block. Absent if it cannot be told. */
  readonly readTokens?: readonly number[];
  /** The layers that SISE explains by default: the last layer of every convolutional block. */
  readonly saliencyLayers: readonly string[];
  /**
   * The layers with weights, step by step from the input. A step is a layer with a kernel and the layers after it, up to the next
   * such layer.
   */
  readonly weightSteps: readonly (readonly string[])[];
}

/** The quantity F of a class that is computed or differentiated. */
interface Targeted {
  /** Default: the probability. */
  readonly target?: Target | undefined;
}

/** A gradient of F with respect to the input or to layers. */
export interface GradientRequest extends ExplainedOutputs, Targeted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** What to differentiate with respect to: the input, or layers by name. */
  readonly wrt: 'input' | readonly string[];
  /** `positions`: average the gradient of each layer over its positions, which gives `[n, channels]`. Default `none`. */
  readonly reduce?: 'none' | 'positions';
  /**
   * What goes back through every ReLU in place of its gradient: deconvnet, the positive part of what arrives; guided, that part
   * where the ReLU is open. OPERATION_UNSUPPORTED in a model without ReLU.
   */
  readonly reluRule?: ReluRule | undefined;
  /**
   * Two layers of one shape: the output of the first takes the place of the second's, as if the blocks between them added nothing. So
   * the head reads tokens of an earlier block.
   */
  readonly bypass?: { readonly from: string; readonly to: string } | undefined;
}

/** The gradient with respect to the input or to one layer, with the values there. */
export interface LayerGradient {
  /** `input` or the layer's name. */
  readonly of: string;
  /** The output of the layer, `[n, ...shape]`; for the input, the input itself. */
  readonly activations: Tensor;
  /** ∂F/∂activations, `[n, ...shape]`, or `[n, channels]` when reduced. */
  readonly gradient: Tensor;
}

/** Samples whose gradients at the input and at biases are asked for. */
export interface BiasGradientsRequest extends ExplainedOutputs, Targeted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
}

/** Gradients times values. Of a model of linear layers, ReLUs and maxima, all of them add up to F. */
export interface BiasGradients {
  /** x ⊙ ∂F/∂x, `[n, ...inputShape]` */
  readonly input: Tensor;
  /**
   * Every bias of the model, in the model's order, but those of values whose first axis is not the samples'. A batch
   * normalization directly behind a linear layer belongs to its bias.
   */
  readonly biases: readonly {
    /** The node that adds it. */
    readonly node: string;
    /** Whether it is added to feature maps over positions. */
    readonly positions: boolean;
    /** b ⊙ ∂F/∂b at each place: `[n, ...positions, channels]`; `[n, size]` of a bias without positions. */
    readonly products: Tensor;
  }[];
}

/** Samples to explain by layer-wise relevance propagation. F is the difference of two logits, or one logit. */
export interface RelevanceRequest extends ExplainedOutputs {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  readonly rules: RelevanceRules;
  /** The relevance of the explained logit: the logit itself, or 1. A contrast has the same with a minus. */
  readonly start: 'logit' | 'one';
}

/** The relevance of samples. Σ relevance = start − absorbed, up to rounding. */
export interface Relevance {
  /** `[n, ...inputShape]` */
  readonly relevance: Tensor;
  /** The relevance that the outputs began with, one number per sample. */
  readonly start: Float64Array<ArrayBuffer>;
  /** The relevance that biases and stabilisers absorbed on the way, one number per sample. */
  readonly absorbed: Float64Array<ArrayBuffer>;
}

/** Where a NaN or an infinity arises: at the first node that makes one from finite values. */
export interface NotFinite {
  readonly node: string;
  readonly operator: string;
  /** The value of the node itself, or the gradient that it passes on. */
  readonly of: 'value' | 'gradient';
}

/**
 * Masks given by maps and thresholds. A position stays visible if the map of the row's sample is above the row's threshold;
 * others are replaced.
 */
export interface ThresholdMasks {
  /** `[n, ...positions]` (one number per position masks all its channels) or `[n, ...inputShape]`. */
  readonly maps: Tensor;
  /** The threshold of each row. */
  readonly above: Float32;
}

/**
 * Masks given by maps. A mask tells how much of a row's sample is visible at each position, from 0 to 1. It is one channel of a
 * map, resized linearly to the positions of the sample.
 */
export interface ResizedMasks {
  /** `[m, ...grid, channels]`. For a table, whose features have no neighbours, the grid is its features. */
  readonly maps: Tensor;
  /** The map of each row. */
  readonly mapOf: Int32Array<ArrayBuffer>;
  /** The channel of that map for each row. */
  readonly channelOf: Int32Array<ArrayBuffer>;
  /** Whether the resized map is scaled to [0, 1]: (m − min)/(max − min + 1e-6). */
  readonly scaled: boolean;
}

/**
 * What replaces hidden values. Zeros; a tensor of `inputShape` for all samples, or of `[n, ...inputShape]`; one of several
 * references `[m, ...inputShape]` for each row; or the sample itself, blurred by a Gaussian with the standard deviation `blur` in
 * positions. It blurs per channel over all position axes in float32, with radius ⌊4·blur + 0.5⌋ and reflected borders (d c b a |
 * a b c d | d c b a), as `scipy.ndimage.gaussian_filter`.
 */
export type MaskBaseline =
  'zero' | Tensor | { readonly references: Tensor; readonly referenceOf: Int32Array<ArrayBuffer> } | { readonly blur: number };

/** Rows of masked samples to run the model on. */
export interface MaskScoresRequest extends Targeted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The sample of each row. */
  readonly sampleOf: Int32Array<ArrayBuffer>;
  readonly masks: ThresholdMasks | ResizedMasks;
  readonly baseline: MaskBaseline;
  /**
   * If present, masks are summed, each weighted by F of its row. Only for resized masks over zeros, with the rows of a sample
   * next to each other.
   */
  readonly sums?: ExplainedOutputs;
}

/** The outputs on masked samples. */
export interface MaskScores {
  /** The outputs on x ⊙ m + baseline ⊙ (1 − m), `[rows, classes]`. */
  readonly outputs: Tensor;
  /** Σ F·m/(Σ m + 1e-6) over the rows of each sample: `[n, ...input positions]` (no channels). Zero for a sample without rows. */
  readonly sums?: Tensor;
}

/** Rows of samples to run the model on, each without one feature map of a layer. */
export interface AblationRequest extends Targeted {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The layer by name. The last axis of its output counts its feature maps. */
  readonly layer: string;
  /** The sample of each row. */
  readonly sampleOf: Int32Array<ArrayBuffer>;
  /** The feature map that is 0 in each row. */
  readonly channelOf: Int32Array<ArrayBuffer>;
}

/** Samples to attribute by DeepLIFT. */
export interface DeepLiftRequest extends ExplainedOutputs {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
}

/** DeepLIFT attributions of samples. Each field has one entry per sample. */
export interface DeepLiftAttribution {
  /** φ, the mean over references of m(x, r) ⊙ (x − r), with the multipliers m: `[n, ...inputShape]`. */
  readonly attributions: Tensor;
  /** F(x), one per sample. The last layers are computed in float64. */
  readonly outputs: Float64Array<ArrayBuffer>;
  /** The mean over references of F(r), one per sample. Σφ = outputs − expected, up to rounding. */
  readonly expected: Float64Array<ArrayBuffer>;
  /**
   * The precision of each sample: 64 if float32 missed the sum by more than 1e-5 and the sample was computed again in float64,
   * otherwise 32. If a sample with 32 still misses the sum, the engine cannot compute this model in float64: an operation has no
   * kernel, or images are too large.
   */
  readonly bits: Uint8Array<ArrayBuffer>;
}

/** The options of DeepLIFT. */
export interface DeepLiftOptions extends Targeted {
  /** How to go through a softmax. Default `log-softmax`. */
  readonly softmaxRule?: SoftmaxRule;
}

/** DeepLIFT's rescale rule against fixed references. */
export interface DeepLift {
  attribute(request: DeepLiftRequest): Promise<DeepLiftAttribution>;
  close(): Promise<void>;
}

/** Samples to attribute by expected gradients, and the random draws to use. */
export interface ExpectedGradientsRequest extends ExplainedOutputs {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** `[n, draws]`: the reference of each draw. */
  readonly references: Int32Array<ArrayBuffer>;
  /** `[n, draws]`: the fraction t of the point t·x + (1 − t)·r. */
  readonly fractions: Float32;
  /** `[n, draws]`: what the term of each draw is multiplied by, as the weights of a quadrature rule times `draws`. Default 1. */
  readonly weights?: Float32;
  readonly draws: number;
}

/** Expected gradients of samples. */
export interface ExpectedGradientsAttribution {
  /** The mean over draws of w·∇F(t·x + (1 − t)·r) ⊙ (x − r), with the weight w: `[n, ...inputShape]`. */
  readonly attributions: Tensor;
  /** The standard error of that mean, from the sample variance of the draws: `[n, ...inputShape]`. NaN for one draw. */
  readonly standardErrors: Tensor;
}

/** Expected gradients against fixed references. */
export interface ExpectedGradients {
  attribute(request: ExpectedGradientsRequest): Promise<ExpectedGradientsAttribution>;
  close(): Promise<void>;
}

/**
 * Executes one model. Samples are channels-last as in Keras: `[n, length, channels]`, `[n, height, width, channels]`.
 *
 * Every method takes any number of samples. It cuts them into batches of one fixed size per model and pads the last one. So a
 * sample has the same bits in its result whatever other samples it is computed with.
 *
 * All methods throw SHAPE_MISMATCH for inputs that do not fit the model, LAYER_NOT_FOUND for an unknown layer,
 * OPERATION_UNSUPPORTED if the request cannot be computed through an operation of the model or the model has no such target, and
 * ENGINE_FAILED.
 */
export interface Engine {
  readonly name: EngineName;
  /** The name and version of the library that executes, for records: `onnxruntime-node 1.30.0`. */
  readonly version: string;
  /** The backend: `cpu`; for the engine tensorflow `native`, `wasm` or `cpu`. Their results differ in the last bits. */
  readonly backend: EngineBackend;
  /** Where it computes. */
  readonly device: Device;
  readonly model: ModelDescription;
  /** The number of rows in one batch of `predict`. */
  readonly batchSize: number;

  /** `[n, ...inputShape]` → outputs `[n, classes]`: probabilities, or `target` if given. */
  predict(inputs: Tensor, target?: Target): Promise<Tensor>;
  /** The outputs of the named layers, `[n, ...shape]` each. */
  activations(inputs: Tensor, layers: readonly string[]): Promise<Tensor[]>;
  gradient(request: GradientRequest): Promise<LayerGradient[]>;
  /** Gradients at the input and at every bias. The engine tensorflow refuses it. */
  biasGradients(request: BiasGradientsRequest): Promise<BiasGradients>;
  /** Layer-wise relevance propagation from logits. The engine tensorflow refuses it. */
  relevance(request: RelevanceRequest): Promise<Relevance>;
  /** The outputs on partly masked samples. SISE, Score-CAM, occlusion, Kernel SHAP and perturbation metrics use it. */
  scoreMasks(request: MaskScoresRequest): Promise<MaskScores>;
  /** The outputs where one feature map of a layer is replaced by zeros, `[rows, classes]`. Ablation-CAM uses it. */
  ablate(request: AblationRequest): Promise<Tensor>;
  /**
   * For error messages: where a NaN or an infinity arises in p_c of the first such sample, or in its gradient. Undefined if
   * everything is finite, or if the engine cannot tell.
   */
  findNotFinite(request: Pick<GradientRequest, 'inputs' | 'classes'>): Promise<NotFinite | undefined>;
  /**
   * Prepares DeepLIFT.
   * @param references `[m, ...inputShape]`
   */
  deepLift(references: Tensor, options?: DeepLiftOptions): Promise<DeepLift>;
  /**
   * Prepares expected gradients.
   * @param references `[m, ...inputShape]`
   * @param target what is differentiated; default: the probability
   */
  expectedGradients(references: Tensor, target?: Target): Promise<ExpectedGradients>;
  close(): Promise<void>;
}
