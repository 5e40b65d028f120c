import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { channelsOf, colours } from './colour.js';
import { resamplings } from './decode-image.js';
import { imageRegionsSchema } from '../regions/parameters.js';
import type { ImageSize } from './pillow-bilinear.js';

const side = z.int().min(1).max(8192);
const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(3)]);

export const imageFolderParametersSchema = z.strictObject({
  path: z.string().min(1).describe('The folder. It has one folder per class, with the images in it (TIFF, PNG, JPEG, WebP).'),
  size: z
    .union([side, z.tuple([side, side])])
    .optional()
    .describe('Height and width to scale images to, or one number for both. Without it all images must have the same size.'),
  resample: z
    .enum(resamplings)
    .default('pillow-bilinear')
    .describe("How images are scaled: exactly like Pillow's BILINEAR on 8-bit images, or by a kernel of libvips."),
  colour: z.enum(colours).default('rgb').describe("Three channels, or one (weighted as Pillow's convert('L'))."),
  divide: z.number().positive().default(255).describe('Values 0 … 255 are divided by this number; 1 keeps them.'),
  mean: perChannel.default(0).describe('Then this is subtracted: one number, or one per channel.'),
  std: perChannel.default(1).describe('Then values are divided by this: one number, or one per channel.'),
  regions: imageRegionsSchema
    .optional()
    .describe(
      'Where in an image its class shows, for metrics of localisation: { masks: folder }, { coco: file } or { voc: folder }.',
    ),
});
export type ImageFolderParameters = z.infer<typeof imageFolderParametersSchema>;

/** @throws SPEC_INVALID for mistakes that the schema cannot express. */
export function checkParameters(params: ImageFolderParameters): void {
  const channels = channelsOf(params.colour);
  for (const name of ['mean', 'std'] as const) {
    const value = params[name];
    if (Array.isArray(value) && value.length !== channels) {
      throw new XaigridError(
        'SPEC_INVALID',
        `${name} has ${value.length} numbers, but images in ${params.colour} have ${channels} channels. Give one number, or ${channels}.`,
      );
    }
    if (name === 'std' && [value].flat().some((deviation) => deviation <= 0))
      throw new XaigridError('SPEC_INVALID', 'std has a number that is not above 0.');
  }
}

/** The wanted size. Undefined if none is given. */
export function wantedSize({ size }: ImageFolderParameters): ImageSize | undefined {
  if (size === undefined) return undefined;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return { height, width };
}
