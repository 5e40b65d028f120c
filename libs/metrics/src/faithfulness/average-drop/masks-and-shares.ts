import { minMaxScale, sizeOf, type Tensor } from '@xaigrid/tensor';
import { averagedOverChannels } from '../../maps/averaged-over-channels.js';

/** How a map becomes the mask by which a sample is multiplied. */
export type MaskRule = 'scaled' | 'magnitudes scaled' | 'as it is';

/** `_EPS` of Xplique's fidelity.py. */
const XPLIQUE_EPSILON = 1e-8;
/** The epsilon of torchcam's ClassificationMetric. */
const TORCHCAM_EPSILON = 1e-7;

/**
 * The mask of each sample, from its own map. Channels are averaged; for magnitudes, the magnitudes of the channels are averaged.
 *
 * @param maps `[n, ...positions]` or `[n, ...inputShape]`
 * @returns `[n, ...positions]`
 */
export function masksOf(rule: MaskRule, maps: Tensor, inputs: Tensor): Tensor {
  if (rule === 'as it is') return averagedOverChannels(maps, inputs);
  const magnitudes = rule === 'magnitudes scaled';
  const { shape, data } = averagedOverChannels(magnitudes ? { shape: maps.shape, data: maps.data.map(Math.abs) } : maps, inputs);
  const size = sizeOf(shape.slice(1));
  const scaled = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += size) {
    const into = scaled.subarray(from, from + size);
    minMaxScale(data.subarray(from, from + size), { epsilon: magnitudes ? XPLIQUE_EPSILON : 0, into });
  }
  return { shape, data: scaled };
}

/**
 * Drop, increase and gain of one sample, in float64.
 *
 * @param outputs on the sample, and on the sample dimmed by its map
 */
export function sharesOf(
  definition: 'paper' | 'xplique' | 'torchcam' | 'pytorch-grad-cam',
  { whole, dimmed }: { readonly whole: number; readonly dimmed: number },
): { readonly drop: number; readonly increase: number; readonly gain: number } {
  const fall = Math.max(whole - dimmed, 0);
  const rise = Math.max(dimmed - whole, 0);
  const increase = dimmed > whole ? 1 : 0;
  switch (definition) {
    case 'paper':
      return { drop: share(fall, whole), increase, gain: share(rise, 1 - whole) };
    case 'xplique':
      return { drop: fall / (whole + XPLIQUE_EPSILON), increase, gain: rise / (1 - whole + XPLIQUE_EPSILON) };
    case 'torchcam':
      return { drop: fall / (whole + TORCHCAM_EPSILON), increase, gain: share(rise, 1 - whole) };
    case 'pytorch-grad-cam':
      return { drop: fall, increase, gain: rise };
  }
}

/** `part / of`, where 0 / 0 is 0: an output of 0 cannot fall, and an output of 1 cannot rise. */
function share(part: number, of: number): number {
  return part === 0 ? 0 : part / of;
}
