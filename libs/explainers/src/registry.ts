import { didYouMean, XaigridError } from '@xaigrid/contracts';
import { ablationCam } from './ablation-cam.js';
import { attentionRollout } from './attention-rollout.js';
import { blurIntegratedGradients } from './blur-integrated-gradients.js';
import { centre } from './centre.js';
import { constant } from './constant.js';
import { deconvnet } from './deconvnet.js';
import { deepLift } from './deep-lift.js';
import { edges } from './edges.js';
import { eigenCam } from './eigen-cam.js';
import { eigenGradCam } from './eigen-grad-cam.js';
import { exactShapley } from './exact-shapley.js';
import type { Explainer } from './explainer.js';
import { extremalPerturbation } from './extremal-perturbation.js';
import { featureAblation } from './feature-ablation.js';
import { featurePermutation } from './feature-permutation.js';
import { finerCam } from './finer-cam.js';
import { fullGrad } from './full-grad.js';
import { gradCam } from './grad-cam.js';
import { gradCamPlusPlus } from './grad-cam-plus-plus.js';
import { genericAttention } from './generic-attention.js';
import { gradient } from './gradient.js';
import { gradientRollout } from './gradient-rollout.js';
import { guidedBackpropagation } from './guided-backpropagation.js';
import { guidedGradCam } from './guided-grad-cam.js';
import { guidedIntegratedGradients } from './guided-integrated-gradients.js';
import { hiresCam } from './hires-cam.js';
import { hsic } from './hsic.js';
import { inputXGradient } from './input-x-gradient.js';
import { integratedGradCam } from './integrated-grad-cam.js';
import { integratedGradients } from './integrated-gradients.js';
import { isCam } from './is-cam.js';
import { layerCam } from './layer-cam.js';
import { legrad } from './legrad.js';
import { lime } from './lime.js';
import { lrp } from './lrp.js';
import { occlusion } from './occlusion.js';
import { partitionShap } from './partition-shap.js';
import { permutationShap } from './permutation-shap.js';
import { random } from './random.js';
import { rawAttention } from './raw-attention.js';
import { rise } from './rise.js';
import { scoreCam } from './score-cam.js';
import { shapDeep } from './shap-deep.js';
import { shapGradient } from './shap-gradient.js';
import { shapKernel } from './shap-kernel.js';
import { shapleyValueSampling } from './shapley-value-sampling.js';
import { sise } from './sise.js';
import { smoothGrad } from './smooth-grad.js';
import { sobol } from './sobol.js';
import { squareGrad } from './square-grad.js';
import { ssCam } from './ss-cam.js';
import { stored } from './stored.js';
import { varGrad } from './var-grad.js';
import { xgradCam } from './xgrad-cam.js';
import { xrai } from './xrai.js';

/** Every explanation method a spec can name, in the order `--help` lists them. */
export const explainers: readonly Explainer[] = [
  sise,
  gradCam,
  integratedGradCam,
  scoreCam,
  gradCamPlusPlus,
  layerCam,
  hiresCam,
  xgradCam,
  eigenCam,
  eigenGradCam,
  ablationCam,
  ssCam,
  isCam,
  finerCam,
  guidedGradCam,
  shapDeep,
  deepLift,
  lrp,
  shapGradient,
  shapKernel,
  shapleyValueSampling,
  permutationShap,
  partitionShap,
  exactShapley,
  integratedGradients,
  inputXGradient,
  fullGrad,
  gradient,
  smoothGrad,
  squareGrad,
  varGrad,
  guidedBackpropagation,
  deconvnet,
  blurIntegratedGradients,
  guidedIntegratedGradients,
  xrai,
  rawAttention,
  attentionRollout,
  gradientRollout,
  genericAttention,
  legrad,
  occlusion,
  featureAblation,
  featurePermutation,
  rise,
  lime,
  sobol,
  hsic,
  extremalPerturbation,
  random,
  constant,
  edges,
  centre,
  stored,
];

/** Controls: methods whose maps do not depend on the model. Other methods are compared with them. */
export const controlMethods: ReadonlySet<string> = new Set(
  explainers.filter(({ family }) => family === 'control').map(({ method }) => method),
);

/**
 * The method of that name.
 * @throws SPEC_INVALID when there is none.
 */
export function explainer(method: string): Explainer {
  const found = explainers.find((candidate) => candidate.method === method);
  if (found !== undefined) return found;
  const methods = explainers.map((candidate) => candidate.method);
  throw new XaigridError(
    'SPEC_INVALID',
    `There is no explainer "${method}".${didYouMean(method, methods)} Explainers: ${methods.join(', ')}.`,
  );
}

/** What a user can do if maps of a method do not add up, by method. */
export const sumRemedies: ReadonlyMap<string, string> = new Map(
  explainers.flatMap(({ method, sumRemedy }) => (sumRemedy === undefined ? [] : [[method, sumRemedy] as const])),
);
