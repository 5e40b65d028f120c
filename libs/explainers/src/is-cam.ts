import { z } from 'zod';
import { maskCam, scoresOfFeatureMaps, weightsParam } from './mask-cam.js';
import { targetParams } from './target.js';

const paths = ['linear', 'cumulative'] as const;

/**
 * IS-CAM (Naidu et al. 2020, arXiv:2010.03023): Score-CAM with the gain averaged along a path from the empty input. At step i of N
 * the sample is x ⊙ t_i·m_k, where m_k is the mask of Score-CAM. t_i = i/N goes up to the whole mask (`linear`); torchcam adds the
 * steps up, t_i = 1/N + … + i/N (`cumulative`), and ends at (N + 1)/2 times the mask.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes N passes of the model for
 * each feature map of the layer.
 */
export const isCam = maskCam({
  method: 'is-cam',
  title: 'IS-CAM',
  summary: 'Score-CAM, averaged over masks that grow from nothing to the whole feature map (Naidu et al. 2020).',
  source: 'Naidu et al., IS-CAM: Integrated Score-CAM for axiomatic-based explanations, 2020, arXiv:2010.03023.',
  params: (shared) =>
    z.strictObject({
      ...shared,
      steps: z.int().min(1).max(10_000).default(10).meta({ description: 'N, the masks of each feature map.' }),
      path: z.enum(paths).default('linear').meta({
        description: 'How masks grow: step i of N takes i/N of the feature map, or, as in torchcam, 1/N + … + i/N.',
      }),
      ...weightsParam,
      ...targetParams,
    }),
  plannedOwn: ({ steps, path }) => ({ steps, path }),
  masks: ({ steps }) => steps,
  score: async (request, { params: { steps, path } }) => {
    let sums: Float64Array<ArrayBuffer> | undefined;
    for (let step = 1; step <= steps; step++) {
      request.signal?.throwIfAborted();
      const share = path === 'linear' ? step / steps : (step * (step + 1)) / (2 * steps);
      // t·m over zeros is m of the sample times t.
      const inputs = { ...request.inputs, data: request.inputs.data.map((value) => share * value) };
      const scores = await scoresOfFeatureMaps({ ...request, inputs });
      sums = sums?.map((sum, row) => sum + (scores[row] ?? NaN)) ?? scores;
    }
    return sums?.map((sum) => sum / steps) ?? new Float64Array();
  },
});
