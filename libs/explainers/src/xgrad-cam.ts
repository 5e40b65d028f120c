import { z } from 'zod';
import { gradientCam, sumOverPlaces, type CamRule } from './gradient-cam.js';
import { targetParams } from './target.js';
import { weightedSum } from './weighted-feature-maps.js';

/**
 * XGrad-CAM (Fu et al. 2020, arXiv:2008.02312): feature maps weighted by their gradients, averaged with the feature map itself as
 * weights: w_k = Σ_p g_pk·A_pk/(ΣA_k + ε). A feature map that is 0 everywhere has no weight. Cut off below 0.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const xgradCam = gradientCam({
  method: 'xgrad-cam',
  title: 'XGrad-CAM',
  summary: 'Feature maps of one layer weighted by their mean gradient, where they are active (Fu et al. 2020).',
  source: 'Fu et al., Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs, BMVC 2020, arXiv:2008.02312.',
  relu: true,
  params: (shared) =>
    z.strictObject({
      ...shared,
      epsilon: z.number().min(0).max(1).default(0).meta({
        description: 'Is added to the sum of a feature map. The paper has none; pytorch-grad-cam has 1e-7, torchcam 1e-8.',
      }),
      ...targetParams,
    }),
  plannedOwn: ({ epsilon }) => ({ epsilon }),
  rule: ({ epsilon }) => xgradCamRule(epsilon),
});

export function xgradCamRule(epsilon: number): CamRule {
  return (features) => {
    const totals = sumOverPlaces(features, (activation) => activation);
    const products = sumOverPlaces(features, (activation, gradient) => gradient * activation);
    const weights = products.map((product, channel) => {
      const total = (totals[channel] ?? NaN) + epsilon;
      return total === 0 ? 0 : product / total;
    });
    return weightedSum(features, weights);
  };
}
