import { intsOf, stringsOf } from '../../attributes.js';
import type { GraphNode } from '../../graph.js';

/** The operator domain for machine learning other than networks. skl2onnx writes scikit-learn models in it. */
export const ML_DOMAIN = 'ai.onnx.ml';

/**
 * The supported operators of the domain, besides ZipMap. Those that are not rewritten run as they are, forward only. None shares
 * its name with an operator of ONNX itself.
 */
export const mlOperators: ReadonlySet<string> = new Set([
  ...[
    'ArrayFeatureExtractor',
    'Binarizer',
    'FeatureVectorizer',
    'Imputer',
    'LabelEncoder',
    'LinearClassifier',
    'LinearRegressor',
  ],
  ...['Normalizer', 'OneHotEncoder', 'SVMClassifier', 'SVMRegressor', 'Scaler'],
  ...['TreeEnsemble', 'TreeEnsembleClassifier', 'TreeEnsembleRegressor'],
]);

/**
 * The version of the domain for these nodes: 5 if there is a TreeEnsemble, which replaced TreeEnsembleClassifier and
 * TreeEnsembleRegressor; otherwise 3, which has all attributes of those two.
 */
export function mlVersion(nodes: readonly GraphNode[]): number {
  return nodes.some(({ op }) => op === 'TreeEnsemble') ? 5 : 3;
}

/** The number of classes of a classifier. */
export function labelsOf(node: GraphNode): number {
  const numbers = intsOf(node, 'classlabels_ints') ?? intsOf(node, 'classlabels_int64s');
  return (numbers ?? stringsOf(node, 'classlabels_strings') ?? []).length;
}
