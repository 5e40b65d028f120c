import type { Layout, ModelFormat } from '@xaigrid/contracts';
import type { FileOutput } from './choose-output.js';
import type { EndingChoice } from './ending.js';
import type { Graph } from './graph.js';
import type { Definitions } from './keras/weights.js';
import type { TokenGrid } from './tokens/axes.js';

/** A layer as users name it, and the graph value of its output. */
export interface ModelLayer {
  readonly name: string;
  /**
   * Other names of this layer. None is the name of another layer: the name of an ONNX value, or `features.0` for
   * `/features/0/Conv`.
   */
  readonly aliases?: readonly string[];
  /** Those of the aliases that are names of PyTorch modules whose output it is, the outermost first: `layer1`, `layer1.1`. */
  readonly modules?: readonly string[];
  /** Whether it is attention between tokens, whose axes are no positions. */
  readonly attention?: true;
  /** Keras class (`Conv1D`) or ONNX operator (`Conv`). */
  readonly kind: string;
  /** The graph value of the layer's output: `[n, channels, ...positions]`, or `[n, units]`. */
  readonly value: string;
  /** Whether the axes of the value are already those of `shape`: its channels come last, or it is attention. */
  readonly inOrder?: true;
  /** Whether the model has attention and nothing is known of where the output has positions, as within windows and heads. */
  readonly unplaced?: true;
  /** How the tokens lie on the sample, if the output is `[tokens, channels]`. */
  readonly tokens?: TokenGrid;
  /** Output shape without batch, channels last. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /**
   * The names and shapes of its weights: in an ONNX file the graph's constants, in a Keras file `layer/role`, such as
   * `conv1d/kernel`.
   */
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** The attention of one block, by names of layers. */
export interface ModelAttention {
  /**
   * Its probabilities, `[heads, queries, keys]` or `[queries, keys]`. Absent if they are not rows of samples, because windows or
   * heads are in the axis of the batch.
   */
  readonly layer?: string;
  /** What queries and keys are computed from, with positions: in most models a layer normalisation. Absent if it is no layer. */
  readonly reads?: string;
  /** The sum at the end of the block, with the axes of what the block begins with. Absent if there is none. */
  readonly sum?: string;
}

/** The graph's one output `[n, classes]`, and what was added after the file's own output to give probabilities. */
export interface ModelOutput extends EndingChoice {
  readonly name: string;
  readonly classes: number;
  /** The output of the file from which it comes. */
  readonly file: {
    readonly name: string;
    /** Whether another output would be chosen if the spec did not name it. */
    readonly byName: boolean;
    readonly outputs: readonly FileOutput[];
  };
}

/** Where the file's own input has its channels, and how this is known. Undefined for inputs without positions. */
export interface InputLayout {
  readonly layout: Layout;
  /** A reason that completes "channels first: …". */
  readonly because: string;
  /**
   * Whether the file says it, or an option that the file does not contradict. Otherwise it is a guess that users should check.
   */
  readonly certain: boolean;
  /** Whether an option said it. */
  readonly said?: true;
  /**
   * The first layer that distinguishes channels from positions, such as a convolution, and where it has them. No spec can change
   * this.
   */
  readonly byLayer?: { readonly layout: Layout; readonly layer: string };
}

/**
 * The graph's one input (`nameInFile` gives its name in the file), and its shape without the batch, channels last: `[40, 1]`,
 * `[224, 224, 3]`.
 */
interface ModelInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout?: InputLayout;
  /** The names of a table's features, if the file has them. */
  readonly featureNames?: readonly string[];
}

/** A Keras model that TF.js can load too, with our names of its layers. The engine tensorflow executes it. */
export interface KerasSource {
  /** A `model_config` of Keras 2. */
  readonly topology: unknown;
  readonly definitions: Definitions;
  /** The weights, each named `layer/role`. */
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array<ArrayBuffer>;
  }[];
  /** If the one output is the log-odds, or the probability, of class 1 of two: which of them. */
  readonly twoClassesOf?: 'logit' | 'probability';
}

/**
 * Why a model takes one sample at a time. `fixed-batch`: the file has the batch of its export written into it. `company`: at a
 * node, a sample's result depends on the rest of its batch, but no result may depend on how the work is cut. `gradients`: only
 * then can the output be differentiated.
 */
export interface Alone {
  readonly because: 'fixed-batch' | 'company' | 'gradients';
  readonly node?: { readonly name: string; readonly op: string };
}

/**
 * A model read from a file: its forward graph, with layers by name. The graph is channels first and takes input `[n, channels,
 * ...positions]`; engines present it channels last.
 */
export interface Model {
  readonly format: ModelFormat;
  /** The program that wrote the file, if the file says it: `pytorch 1.13.0, operator set 14`, `Keras 3.4.1`. */
  readonly producer?: string;
  readonly graph: Graph;
  readonly input: ModelInput;
  readonly output: ModelOutput;
  /** Why the model takes one sample at a time; its graph is then for one sample. Absent if it takes any number. */
  readonly alone?: Alone;
  readonly layers: readonly ModelLayer[];
  /** Attention between tokens, from the input to the output. */
  readonly attention: readonly ModelAttention[];
  /** The tokens that the head reads, counted as at the end of the last block. Absent if it cannot be told. */
  readonly readTokens?: readonly number[];
  /** The default layers of SISE: the last layer of every convolutional block. */
  readonly saliencyLayers: readonly string[];
  /** The layers with weights, step by step; see `weightStepsOf`. */
  readonly weightSteps: readonly (readonly string[])[];
  /**
   * Names of what earlier versions computed wrongly in a model like this one. They are part of its fingerprint, so that results
   * stored by those versions are not reused. Empty for most models.
   */
  readonly corrections: readonly string[];
  readonly keras?: KerasSource;
  /**
   * Whether the file computes in float16, or has float16 weights. Run by itself, it is less exact than the graph, which is
   * float32.
   */
  readonly halfPrecision?: true;
}
