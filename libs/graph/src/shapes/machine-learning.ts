import { floatsOf, intsOf, numberOf, stringsOf } from '../attributes.js';
import type { ElementType, GraphNode } from '../graph.js';
import { labelsOf } from '../onnx/ml/operators.js';
import type { ShapeRule } from './shape-rule.js';

/** One label per sample (typed as a whole number here, whatever it is), and one number per class. */
const classifier: ShapeRule = ({ node, input }) => {
  const [rows = null] = input(0).shape;
  return [
    { type: 'int64', shape: [rows] },
    { type: 'float', shape: [rows, scoresOf(node)] },
  ];
};

/**
 * The number of scores. Support vector machines without probabilities give one number per pair of classes if there are three
 * classes or more.
 */
function scoresOf(node: GraphNode): number {
  const classes = labelsOf(node);
  const pairwise = node.op === 'SVMClassifier' && floatsOf(node, 'prob_a') === undefined && intsOf(node, 'vectors_per_class');
  return pairwise && classes > 2 ? (classes * (classes - 1)) / 2 : classes;
}

const regressor: ShapeRule = ({ node, input }) => {
  const [rows = null] = input(0).shape;
  return [{ type: 'float', shape: [rows, numberOf(node, 'n_targets', numberOf(node, 'targets', 1))] }];
};

/** The output has the type of the trees. */
const treeEnsemble: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  return [{ type, shape: [shape[0] ?? null, numberOf(node, 'n_targets', 1)] }];
};

const normalizer: ShapeRule = ({ input }) => [{ type: 'float', shape: input(0).shape }];

const imputer: ShapeRule = ({ input }) => [{ type: input(0).type, shape: input(0).shape }];

const oneHotEncoder: ShapeRule = ({ node, input }) => {
  const categories = (intsOf(node, 'cats_int64s') ?? stringsOf(node, 'cats_strings') ?? []).length;
  return [{ type: 'float', shape: [...input(0).shape, categories] }];
};

const labelEncoder: ShapeRule = ({ node, input }) => {
  const tensor = node.attributes.values_tensor;
  const type: ElementType | undefined =
    floatsOf(node, 'values_floats') !== undefined
      ? 'float'
      : intsOf(node, 'values_int64s') !== undefined
        ? 'int64'
        : tensor?.kind === 'tensor'
          ? tensor.value.type
          : undefined;
  return type && [{ type, shape: input(0).shape }];
};

/** Operators of `ai.onnx.ml` that run as they are. */
export const machineLearningRules: Readonly<Record<string, ShapeRule>> = {
  LinearClassifier: classifier,
  SVMClassifier: classifier,
  TreeEnsembleClassifier: classifier,
  LinearRegressor: regressor,
  SVMRegressor: regressor,
  TreeEnsembleRegressor: regressor,
  TreeEnsemble: treeEnsemble,
  Normalizer: normalizer,
  Imputer: imputer,
  OneHotEncoder: oneHotEncoder,
  LabelEncoder: labelEncoder,
};
