import { z } from 'zod';
import { gradientCam, sumOverChannels, type CamRule } from './gradient-cam.js';
import { targetParams } from './target.js';

/**
 * LayerCAM (Jiang et al. 2021): Σ_k max(g_k, 0) ⊙ A_k, each value of a feature map weighted by its own gradient if that is
 * positive; cut off below 0. Works on early layers too.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const layerCam = gradientCam({
  method: 'layer-cam',
  title: 'LayerCAM',
  summary: 'Feature maps of one layer times their positive gradients, place by place (Jiang et al. 2021).',
  source:
    'Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE Transactions on Image Processing 30, 2021.',
  relu: true,
  params: (shared) => z.strictObject({ ...shared, ...targetParams }),
  rule: () => layerCamRule,
});

export const layerCamRule: CamRule = (features) =>
  sumOverChannels(features, (activation, gradient) => Math.max(gradient, 0) * activation);
