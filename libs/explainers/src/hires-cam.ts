import { z } from 'zod';
import { gradientCam, sumOverChannels, type CamRule } from './gradient-cam.js';
import { targetParams } from './target.js';

/**
 * HiResCAM (Draelos & Carin 2020, arXiv:2011.08891): Σ_k g_k ⊙ A_k, the feature maps times their gradients, place by place. The
 * paper cuts nothing off: where only a linear layer follows, the map of a logit adds up to the logit without its bias.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where all values are the same.
 */
export const hiresCam = gradientCam({
  method: 'hires-cam',
  title: 'HiResCAM',
  summary: 'Feature maps of one layer times their gradients, place by place (Draelos & Carin 2020).',
  source:
    'Draelos & Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks, 2020, arXiv:2011.08891.',
  relu: false,
  params: (shared) => z.strictObject({ ...shared, ...targetParams }),
  rule: () => hiresCamRule,
});

export const hiresCamRule: CamRule = (features) => sumOverChannels(features, (activation, gradient) => gradient * activation);
