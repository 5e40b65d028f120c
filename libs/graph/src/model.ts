import type { Layout, ModelFormat } from '@xaigrid/contracts';
import type { FileOutput } from './choose-output.js';
import type { EndingChoice } from './ending.js';
import type { Graph } from './graph.js';
import type { Definitions } from './keras/weights.js';

/** A layer as users name it, and the graph value that carries its output. */
export interface ModelLayer {
  readonly name: string;
  /** Other names it goes by, none of which is another layer's: an ONNX value's, `features.0` for `/features/0/Conv`. */
  readonly aliases?: readonly string[];
  /** Keras class (`Conv1D`) or ONNX operator (`Conv`). */
  readonly kind: string;
  /** Graph value holding the layer's output, channels first: `[n, channels, ...positions]`, or `[n, units]`. */
  readonly value: string;
  /** Output shape without batch, channels last. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /** Its weights: of an ONNX file the graph's constants, of a Keras file `layer/role`, as `conv1d/kernel`. */
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** The graph's one output `[n, classes]`, and what was added behind the file's own to make it probabilities. */
export interface ModelOutput extends EndingChoice {
  readonly name: string;
  readonly classes: number;
  /** Which of the file's outputs it comes from. */
  readonly file: {
    readonly name: string;
    /** Whether the file would be read otherwise had the output not been named. */
    readonly byName: boolean;
    readonly outputs: readonly FileOutput[];
  };
}

/** Where the file's own input has its channels, and how this is known. Of an input without positions nothing is to be known. */
export interface InputLayout {
  readonly layout: Layout;
  /** Completes "channels first: …". */
  readonly because: string;
  /** Whether the file says it, or an option that the file does not contradict; else it is a guess, or to be looked at. */
  readonly certain: boolean;
  /** Whether an option said it. */
  readonly said?: true;
  /** Where a layer takes them that tells channels from positions, such as a convolution: no spec makes that otherwise. */
  readonly byLayer?: { readonly layout: Layout; readonly layer: string };
}

/** The graph's one input (`nameInFile` gives the file's name of it), and its shape without batch, channels last: `[40, 1]`, `[224, 224, 3]`. */
interface ModelInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout?: InputLayout;
  /** What the features of a table are called, where the file says it. */
  readonly featureNames?: readonly string[];
}

/** A Keras model as TF.js can load it too, its layers called as ours; what the tensorflow engine executes. */
export interface KerasSource {
  /** A `model_config` of Keras 2. */
  readonly topology: unknown;
  readonly definitions: Definitions;
  /** `layer/role` each. */
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array<ArrayBuffer>;
  }[];
  /** Its one output is the log-odds, or the probability, of class 1 of two. */
  readonly twoClassesOf?: 'logit' | 'probability';
}

/**
 * Why a model takes one sample at a time. `fixed-batch`: the file has the batch of its export written into it. `company`: in a node of it a sample's
 * result depends on what else is in its batch, and no result may depend on how the work was cut. `gradients`: only then can the output be
 * differentiated.
 */
export interface Alone {
  readonly because: 'fixed-batch' | 'company' | 'gradients';
  readonly node?: { readonly name: string; readonly op: string };
}

/**
 * A model read from a file: its forward graph, channels first inside and taking channels-first input
 * (`[n, channels, ...positions]`), with layers by name. Engines present it channels last.
 */
export interface Model {
  readonly format: ModelFormat;
  /** What wrote the file, as far as it says: `pytorch 1.13.0, operator set 14`, `Keras 3.4.1`. */
  readonly producer?: string;
  readonly graph: Graph;
  readonly input: ModelInput;
  readonly output: ModelOutput;
  /** Why the model takes one sample at a time; its graph is then of one sample. Absent where it takes any number. */
  readonly alone?: Alone;
  readonly layers: readonly ModelLayer[];
  /** Default SISE layers: the last layer of every convolutional block. */
  readonly saliencyLayers: readonly string[];
  /** See `weightStepsOf`. */
  readonly weightSteps: readonly (readonly string[])[];
  /**
   * Names of what earlier versions computed wrongly in a model like this one. Part of its fingerprint, so that what they stored
   * is not taken for this version's; empty for most models.
   */
  readonly corrections: readonly string[];
  readonly keras?: KerasSource;
  /** The file computes in float16, or has weights of it: by itself it gives fewer digits than the graph, which is of float32. */
  readonly halfPrecision?: true;
}
