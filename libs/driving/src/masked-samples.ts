import type { MaskedQuestion } from '@xaigrid/contracts';
import { averagedOverChannels } from '@xaigrid/metrics';
import { channelMeans, channelsOfShape, isTable, keepRank, sizeOf, type Tensor } from '@xaigrid/tensor';

/**
 * A sample, and after it what its map keeps of it at each share: ⌊n·f⌋ of n positions, ranked by the mean over the map's channels,
 * equal ones by their place. The page shows the same (`keptSample`).
 * @param input `[...inputShape]` @param map `[1, ...map shape]`
 * @returns `[1 + keepFractions, ...inputShape]`
 */
export function maskedSamples(input: Tensor, map: Tensor, { keepFractions, keeps, baseline }: MaskedQuestion): Tensor {
  const whole: Tensor = { shape: [1, ...input.shape], data: input.data };
  const values = averagedOverChannels(map, whole).data;
  const sign = keeps === 'highest' ? 1 : -1;
  const order = Array.from(values.keys()).sort((a, b) => sign * ((values[b] ?? NaN) - (values[a] ?? NaN)) || a - b);
  const size = sizeOf(input.shape);
  const channels = channelsOfShape(input.shape);
  const filled = fillOf(baseline, whole);
  const data = new Float32Array((1 + keepFractions.length) * size);
  data.set(input.data);
  for (const [at, keepFraction] of keepFractions.entries()) {
    const own = data.subarray((at + 1) * size, (at + 2) * size);
    own.set(filled);
    for (const position of order.slice(0, keepRank(order.length, keepFraction)))
      own.set(input.data.subarray(position * channels, (position + 1) * channels), position * channels);
  }
  return { shape: [1 + keepFractions.length, ...input.shape], data };
}

/** A row of a table is one channel here, so its mean is that over its features. */
function fillOf(baseline: MaskedQuestion['baseline'], { shape, data }: Tensor): Float32Array {
  if (baseline === 'zero') return new Float32Array(data.length);
  return channelMeans(isTable(shape.slice(1)) ? { shape: [...shape, 1], data } : { shape, data }).data;
}
