export { float, floats, int, ints, intsOf, numberOf, tensorAttribute, text, textOf } from './attributes.js';
export { GraphBuilder, type Inlined } from './builder.js';
export { constantOf, float32, int64s, numbersOf, scalar, transposed } from './constants.js';
export {
  OPSET,
  type Attribute,
  type Attributes,
  type Constant,
  type ElementType,
  type Graph,
  type GraphNode,
  type Shape,
  type ValueInfo,
} from './graph.js';
export type { Alone, InputLayout, KerasSource, Model, ModelAttention, ModelLayer, ModelOutput } from './model.js';
export type { TokenGrid } from './tokens/axes.js';
export type { FileOutput, OutputOption } from './choose-output.js';
export type { Ending, OutputValues } from './ending.js';
export { LARGEST_INPUT } from './input-shape.js';
export { inspectModel, type InspectedLayer, type ModelInspection } from './inspect/inspect-model.js';
export { forwardFlops, gradientFlops, type BackwardPass } from './inspect/pass-flops.js';
export { assertDeepLift, assertDifferentiable, noRelu, assertRelevance, type Support } from './inspect/support.js';
export { dataTypes } from './onnx/data-types.js';
export { withTensorOutput } from './onnx/ml/tensor-outputs.js';
export { externalFiles, readOnnx } from './onnx/read.js';
export { logitsMadeBy, noLogits, targetGraph } from './target.js';
export type { ModelVariant } from './variants/model-variant.js';
export { randomisations, type RandomisedLayers } from './variants/randomised-layers.js';
export { withStackedSignals } from './stacked-signals.js';
export { withSteadySums } from './steady-sums.js';
export { writeOnnx, type ExternalPlace } from './onnx/write.js';
export type { ConstantPart, EvaluateConstants } from './folding/constant-part.js';
export { inferShapes } from './shapes/infer.js';
export type { TypeAndShape } from './shapes/shape-rule.js';
export { readModel, type ReadModelOptions } from './read-model.js';
export { inferenceNoOpNames } from './keras/layers/activation.js';
export { tfjsJson, tfjsShards, type NamedFile } from './keras/tfjs.js';
export { biasesOf, type Bias } from './biases.js';
export { differentiate, type DifferentiateOptions } from './gradients/differentiate.js';
export type { Side } from './deeplift/deeplift-rule.js';
export { deepLiftMultipliers, type DeepLiftOptions } from './deeplift/multipliers.js';
export { prepareDeepLift, type DeepLiftForward } from './deeplift/prepare.js';
export { relevance, type Relevance, type RelevanceOptions } from './relevance/relevance.js';
export type { LinearRule, RelevanceRules } from './relevance/rules.js';
export { withSamples } from './deeplift/with-samples.js';
export { inDoublePrecision } from './double/double-precision.js';
