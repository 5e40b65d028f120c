import { positionsOfBatch, sizeOf, type Tensor } from '@xaigrid/tensor';

/**
 * The mean over channels: one number per position.
 * @param maps `[n, ...positions]` or `[n, ...inputShape]`
 * @returns `[n, ...positions]`
 */
export function averagedOverChannels(maps: Tensor, inputs: Tensor): Tensor {
  const shape = positionsOfBatch(inputs.shape);
  const channels = maps.data.length / sizeOf(shape);
  if (channels === 1) return { shape, data: maps.data };
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, position) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += maps.data[position * channels + channel] ?? NaN;
    return sum / channels;
  });
  return { shape, data };
}
