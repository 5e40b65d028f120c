import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import type { Explainer } from './explainer.js';
import { noiseExplainer, noiseParams } from './noisy-copies.js';

const params = z.strictObject({
  ...noiseParams,
  absolute: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether maps are the size of the mean gradient; false keeps the sign.' }),
  absoluteOf: z.enum(['mean', 'draws']).default('mean').meta({
    description:
      'If absolute: mean takes the size of the mean; draws takes the mean of the sizes, as NoiseTunnel of Saliency in Captum.',
  }),
});
type Params = z.infer<typeof params>;

/**
 * SmoothGrad (Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise", arXiv:1706.03825): the mean, over copies of the
 * sample with Gaussian noise, of the gradient of the class output with respect to the input, or of another map (`of`). Noise
 * depends only on the seed and the sample index.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const smoothGrad: Explainer<Params> = noiseExplainer<Params>({
  method: 'smooth-grad',
  title: 'SmoothGrad',
  version: 2,
  summary: 'Gradients averaged over noisy copies of the sample (Smilkov et al. 2017).',
  source: 'Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, arXiv:1706.03825.',
  params,
  // What changes nothing is left out, so that maps from before it existed keep their key.
  plannedOwn: ({ absolute, absoluteOf }) => ({ absolute, ...(absoluteOf === 'mean' ? {} : { absoluteOf }) }),
  validateOwn: ({ absolute, absoluteOf }) => {
    if (absolute || absoluteOf === 'mean') return;
    throw new XaigridError(
      'SPEC_INVALID',
      'smooth-grad: absoluteOf: draws takes the sizes that absolute: false does not want. Leave one of them out.',
    );
  },
  sizes: ({ absoluteOf }) => absoluteOf === 'draws',
  valueOf: ({ draws, absolute }, { sum }) => (absolute ? Math.abs(sum / draws) : sum / draws),
});
