import { z } from 'zod';
import { maskCam, scoresOfFeatureMaps, weightsParam } from './mask-cam.js';
import { targetParams } from './target.js';

/**
 * Score-CAM (Wang et al. 2020, arXiv:1910.01279), by its definitions 2 and 3: each feature map of one layer, resized bilinearly
 * and scaled to [0, 1], masks the input; its weight is F(x ⊙ m_k) − F(0), F = p_c by default: what the class gains over the empty
 * input. The map is the weighted sum of the feature maps, cut off below 0 and resized. By default, the weights go through no softmax
 * of their own: outputs are probabilities already, whose exponentials are all nearly the same.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes as many passes of the model
 * as the layer has feature maps.
 */
export const scoreCam = maskCam({
  method: 'score-cam',
  title: 'Score-CAM',
  summary: 'Feature maps of one layer, weighted by what the class gains when they mask the input (Wang et al. 2020).',
  source:
    'Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks, CVPRW 2020, arXiv:1910.01279, definitions 2 and 3.',
  params: (shared) => z.strictObject({ ...shared, ...weightsParam, ...targetParams }),
  masks: () => 1,
  score: scoresOfFeatureMaps,
});
