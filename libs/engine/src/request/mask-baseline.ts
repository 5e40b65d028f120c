import type { Tensor } from '@xaigrid/tensor';
import type { MaskScoresRequest } from '../engine.js';

/**
 * What stands where masks hide samples: of all samples alike, of each, or one of the references a row; undefined for zeros.
 * @param blurred the samples blurred by a Gaussian of so many positions, as the engine does it
 */
export async function baselineTensor(
  { inputs, baseline }: MaskScoresRequest,
  blurred: (inputs: Tensor, sigma: number) => Promise<Tensor>,
): Promise<Tensor | undefined> {
  if (baseline === 'zero') return undefined;
  if ('blur' in baseline) return blurred(inputs, baseline.blur);
  return 'references' in baseline ? baseline.references : baseline;
}
