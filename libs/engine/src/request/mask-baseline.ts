import type { Tensor } from '@xaigrid/tensor';
import type { MaskScoresRequest } from '../engine.js';

/**
 * The values behind masks as a tensor: one for all samples, one per sample, or one of the references per row. Undefined for
 * zeros.
 * @param blurred gives the samples blurred by a Gaussian of so many positions, as the engine computes it
 */
export async function baselineTensor(
  { inputs, baseline }: MaskScoresRequest,
  blurred: (inputs: Tensor, sigma: number) => Promise<Tensor>,
): Promise<Tensor | undefined> {
  if (baseline === 'zero') return undefined;
  if ('blur' in baseline) return blurred(inputs, baseline.blur);
  return 'references' in baseline ? baseline.references : baseline;
}
