import { intsOf, stringsOf } from '../../attributes.js';
import type { GraphNode } from '../../graph.js';

/** The operator domain of machine learning other than networks, in which skl2onnx writes the models of scikit-learn. */
export const ML_DOMAIN = 'ai.onnx.ml';

/** Its operators that are read, besides ZipMap. Those that are not taken apart run as they are, forward only. No name is also an operator of ONNX's own. */
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
 * The version of the domain that the nodes are of: 5 has TreeEnsemble in the place of TreeEnsembleClassifier and TreeEnsembleRegressor, which
 * have all their attributes since 3.
 */
export function mlVersion(nodes: readonly GraphNode[]): number {
  return nodes.some(({ op }) => op === 'TreeEnsemble') ? 5 : 3;
}

/** How many classes a classifier tells apart. */
export function labelsOf(node: GraphNode): number {
  const numbers = intsOf(node, 'classlabels_ints') ?? intsOf(node, 'classlabels_int64s');
  return (numbers ?? stringsOf(node, 'classlabels_strings') ?? []).length;
}
