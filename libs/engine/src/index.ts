export { assertBiasGradients, assertDeepLift, assertExecutable, assertRelevance } from './can-execute.js';
export { assertProbabilities } from './assert-probabilities.js';
export { engineOfTarget } from './engine-of-target.js';
export { assertDevice, createEngine, type EngineOptions } from './create-engine.js';
export { describeModel } from './describe-model.js';
export { readModel } from './read-model.js';
export { readModelOnce } from './weights/large-models.js';
export { checkModel } from './own-file/check-model.js';
export type { DirectionalDerivative } from './own-file/directional-derivative.js';
export type { ModelCheck, OwnFileCheck } from './own-file/examine.js';
export { layerNamed } from './request/check-request.js';
export { layerList } from './request/layer-list.js';
export { blurredExactly, blurredValues } from './request/blurred-values.js';
export { gaussianMatrix, LARGEST_SIGMA } from './request/gaussian-matrix.js';
export { engineVersions, type EngineVersion } from './engine-versions.js';
export { libraryVersions } from './library-versions.js';
export { noPasses, type Passes } from './passes.js';
export type {
  DeepLift,
  DeepLiftAttribution,
  DeepLiftRequest,
  DeepLiftOptions,
  Engine,
  ExpectedGradients,
  ExpectedGradientsAttribution,
  ExpectedGradientsRequest,
  GradientRequest,
  LayerDescription,
  LayerGradient,
  MaskBaseline,
  MaskScores,
  MaskScoresRequest,
  ModelDescription,
  NotFinite,
  Relevance,
  BiasGradients,
  BiasGradientsRequest,
  RelevanceRequest,
  ResizedMasks,
  ThresholdMasks,
} from './engine.js';
export {
  noLogits,
  randomisations,
  type LinearRule,
  type ModelVariant,
  type RandomisedLayers,
  type RelevanceRules,
} from '@xaigrid/graph';
export { sharedTensor } from './shared-references.js';
