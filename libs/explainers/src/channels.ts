import { channelsOfShape, positionsOfBatch, positionsOfShape, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';

const choices = ['keep', 'sum', 'sum-absolute'] as const;
export type Channels = (typeof choices)[number];

/** The parameter of methods whose maps have channels. */
export const channelsParam = {
  channels: z.enum(choices).default('keep').meta({
    description:
      'keep: maps have the channels of the input. sum, sum-absolute: one number per position, the sum of the channels or of their absolute values.',
  }),
};

/** The shape of maps of the method, with channels joined as `channels` says. @param inputShape `[...positions, channels]` */
export function joinedShape(channels: Channels, inputShape: readonly number[]): readonly number[] {
  return channels === 'keep' ? inputShape : positionsOfShape(inputShape);
}

/** `mapShape` of the methods that have the parameter. */
export function shapeWithChannels(
  { channels }: { readonly channels: Channels },
  { inputShape }: { readonly inputShape: readonly number[] },
): Promise<readonly number[]> {
  return Promise.resolve(joinedShape(channels, inputShape));
}

/** The hashed part of the parameter. The default is left out, so that maps from before the parameter existed keep their key. */
export function plannedChannels(channels: Channels): { readonly channels?: Channels } {
  return channels === 'keep' ? {} : { channels };
}

/**
 * The maps as `channels` says: unchanged, or `[n, ...positions]` with the channels of each position added up in float64.
 * @param maps `[n, ...positions, channels]`, or `[n, features]`, where each feature has one channel
 */
export function joinChannels(maps: Tensor, channels: Channels): Tensor {
  if (channels === 'keep') return maps;
  const width = channelsOfShape(maps.shape.slice(1));
  const shape = positionsOfBatch(maps.shape);
  const data = new Float32Array(sizeOf(shape));
  const absolute = channels === 'sum-absolute';
  for (let position = 0; position < data.length; position++) {
    let sum = 0;
    for (let channel = 0; channel < width; channel++) {
      const value = maps.data[position * width + channel] ?? NaN;
      sum += absolute ? Math.abs(value) : value;
    }
    data[position] = sum;
  }
  return { shape, data };
}
