import { z } from 'zod';

const patchSide = z.int().min(8).max(1024);

export const texturePatchesParametersSchema = z
  .strictObject({
    split: z.enum(['train', 'test']).default('test').describe('The two splits have different random numbers.'),
    seed: z
      .int()
      .default(0)
      .describe('Sample i depends only on the seed, the split and i. So a larger set begins with the smaller one.'),
    size: z.int().min(1).max(10_000_000).default(1000).describe('How many samples.'),
    imageSize: z.int().min(8).max(1024).default(64).describe('Height and width of a sample.'),
    patchSize: z
      .tuple([patchSide, patchSide])
      .refine(([least, most]) => least <= most, 'The least patch size is larger than the most.')
      .default([16, 32])
      .describe('Least and most height and width of the textured patch.'),
    contrast: z
      .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
      .refine(([least, most]) => least <= most, 'The least contrast is larger than the most.')
      .default([0.1, 0.2])
      .describe('Least and most standard deviation of the texture, in the channel where it is strongest.'),
    noise: z.number().min(0).max(1).default(0.1).describe('Standard deviation of the noise on every value.'),
  })
  .superRefine(({ patchSize, imageSize }, context) => {
    if (patchSize[1] <= imageSize) return;
    context.addIssue({ code: 'custom', path: ['patchSize'], message: `must be at most imageSize, ${imageSize}.` });
  });

export type TexturePatchesParameters = z.infer<typeof texturePatchesParametersSchema>;
