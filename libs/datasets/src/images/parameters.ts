import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { channelsOf, colours } from './colour.js';
import { resamplings } from './decode-image.js';
import { fits } from './fit.js';
import { normalisationNames, normalisations } from './normalisations.js';
import { imageRegionsSchema } from '../regions/parameters.js';
import type { ImageSize } from './pillow-resize.js';

const side = z.int().min(1).max(8192);
const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(3)]);

/** The parameters of all kinds of data sets of images. */
export const imageParameters = {
  size: z
    .union([side, z.tuple([side, side])])
    .optional()
    .describe('Height and width to scale images to, or one number for both. Without it all images must have the same size.'),
  fit: z
    .enum(fits)
    .default('stretch')
    .describe(
      "How an image of another shape gets the size. stretch: each side on its own. crop: its short side is resized, and the middle is taken, as by torchvision's Resize and CenterCrop. letterbox: the whole image with margins, as by Pillow's ImageOps.pad.",
    ),
  shortSide: side
    .optional()
    .describe(
      'With fit: crop, the length of the short side before the middle is taken: 256. Default: the least that size allows.',
    ),
  fill: z.int().min(0).max(255).optional().describe('With fit: letterbox, the value 0 … 255 of the margins. Default: 0.'),
  resample: z
    .enum(resamplings)
    .default('pillow-bilinear')
    .describe(
      "How images are scaled: exactly like Pillow's BILINEAR or BICUBIC on 8-bit images, as torchvision does on PIL images, or by a kernel of libvips.",
    ),
  colour: z.enum(colours).default('rgb').describe("Three channels, or one (weighted as Pillow's convert('L'))."),
  divide: z.number().positive().default(255).describe('Values 0 … 255 are divided by this number; 1 keeps them.'),
  mean: perChannel.default(0).describe('Then this is subtracted: one number, or one per channel.'),
  std: perChannel.default(1).describe('Then values are divided by this: one number, or one per channel.'),
  normalise: z
    .enum(normalisationNames)
    .optional()
    .describe(
      `Instead of divide, mean and std: ${Object.entries(normalisations)
        .map(([name, { meaning }]) => `${name}: ${meaning}`)
        .join('; ')}.`,
    ),
  regions: imageRegionsSchema
    .optional()
    .describe(
      'Where in an image its class shows, for metrics of localisation: { masks: folder }, { coco: file } or { voc: folder }.',
    ),
  onUnreadable: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe(
      'What becomes of images that cannot be read. fail: nothing is run, and they are listed together. skip: the set is without them, and they are counted; every image is then decoded when the run is planned.',
    ),
};
/** These alone, of the parameters of any kind. */
export const imageParametersSchema = z.object(imageParameters);
export type ImageParameters = z.infer<typeof imageParametersSchema>;

export const imageFolderParametersSchema = z.strictObject({
  path: z.string().min(1).describe('The folder. It has one folder per class, with the images in it (TIFF, PNG, JPEG, WebP).'),
  ...imageParameters,
});
export type ImageFolderParameters = z.infer<typeof imageFolderParametersSchema>;

/** @throws SPEC_INVALID for mistakes that the schema cannot express. */
export function checkParameters(params: ImageParameters): void {
  const channels = channelsOf(params.colour);
  checkFit(params);
  checkNormalise(params);
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

function checkFit({ fit, size, shortSide, fill }: ImageParameters): void {
  const refuse = (problem: string): never => {
    throw new XaigridError('SPEC_INVALID', problem);
  };
  if (fit !== 'stretch' && size === undefined) refuse(`fit: ${fit} needs a size, for example size: [224, 224].`);
  if (fit !== 'crop' && shortSide !== undefined)
    refuse(`shortSide belongs to fit: crop, and fit is ${fit}. Leave it out, or crop.`);
  if (fit !== 'letterbox' && fill !== undefined)
    refuse(`fill is the value of the margins of fit: letterbox, and fit is ${fit}. Leave it out, or use letterbox.`);
  const longest = Math.max(...[size ?? 0].flat());
  if (shortSide !== undefined && shortSide < longest)
    refuse(
      `shortSide is ${shortSide}, and a side of size is ${longest}: the image would be smaller than the sample. Raise shortSide.`,
    );
}

function checkNormalise({ normalise, divide, mean, std, colour }: ImageParameters): void {
  if (normalise === undefined) return;
  if (divide !== 255 || mean !== 0 || std !== 1)
    throw new XaigridError(
      'SPEC_INVALID',
      `normalise: ${normalise} stands for divide, mean and std. Leave those out, or normalise.`,
    );
  const numbers = normalisations[normalise];
  if (colour === 'grey' && typeof numbers.mean !== 'number')
    throw new XaigridError(
      'SPEC_INVALID',
      `normalise: ${normalise} has numbers for three channels, and images are grey. Write mean and std.`,
    );
}

/** The wanted size. Undefined if none is given. */
export function wantedSize({ size }: ImageParameters): ImageSize | undefined {
  if (size === undefined) return undefined;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return { height, width };
}
