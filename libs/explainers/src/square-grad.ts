import { z } from 'zod';
import type { Explainer } from './explainer.js';
import { noiseExplainer, noiseParams } from './noisy-copies.js';

const params = z.strictObject(noiseParams);
type Params = z.infer<typeof params>;

/**
 * SquareGrad, or SmoothGrad² (Hooker et al. 2019, "A benchmark for interpretability methods in deep neural networks",
 * arXiv:1806.10758): the mean of the squared gradient over copies of the sample with Gaussian noise, or of another map (`of`). Its
 * noise is that of SmoothGrad.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const squareGrad: Explainer<Params> = noiseExplainer<Params>({
  method: 'square-grad',
  title: 'SquareGrad',
  version: 1,
  summary: 'Squared gradients averaged over noisy copies of the sample (Hooker et al. 2019).',
  source: 'Hooker et al., A Benchmark for Interpretability Methods in Deep Neural Networks, NeurIPS 2019, arXiv:1806.10758.',
  params,
  plannedOwn: () => ({}),
  sizes: () => false,
  valueOf: ({ draws }, { square }) => square / draws,
});
