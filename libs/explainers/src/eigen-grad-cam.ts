import { z } from 'zod';
import { centredParam, eigenProjection } from './eigen-projection.js';
import { gradientCam, type CamRule } from './gradient-cam.js';
import { targetParams } from './target.js';

/**
 * Eigen-Grad-CAM, of pytorch-grad-cam, after Eigen-CAM: the feature maps times their gradients, place by place, projected onto
 * their first principal component. Its sign is that of HiResCAM: what is positive speaks for the class. Cut off below 0.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const eigenGradCam = gradientCam({
  method: 'eigen-grad-cam',
  title: 'Eigen-Grad-CAM',
  summary: 'The first principal component of the feature maps of one layer times their gradients (Gildenblat 2021).',
  source:
    'Gildenblat et al., PyTorch library for CAM methods, 2021, github.com/jacobgil/pytorch-grad-cam; after Muhammad & Yeasin, Eigen-CAM, IJCNN 2020, arXiv:2008.00299.',
  relu: true,
  params: (shared) => z.strictObject({ ...shared, ...centredParam(true), ...targetParams }),
  plannedOwn: ({ centred }) => ({ centred }),
  rule: ({ centred }) => eigenGradCamRule(centred),
});

export function eigenGradCamRule(centred: boolean): CamRule {
  return ({ activations, gradient, places, channels }) =>
    eigenProjection(
      Float64Array.from(activations, (activation, at) => activation * (gradient[at] ?? NaN)),
      { places, channels, centred },
    );
}
