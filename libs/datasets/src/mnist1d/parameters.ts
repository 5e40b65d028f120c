import { z } from 'zod';
import { TEMPLATE_LENGTH, TEMPLATES } from './templates.js';

const amount = z.number().min(0).max(1000);

/** The most values in all samples together. The generator holds them twice in float64, 320 MB. */
const MAX_VALUES = 20_000_000;

/** The parameters of the generator. The defaults give the published data set. */
export const mnist1dParametersSchema = z
  .strictObject({
    split: z
      .enum(['train', 'test'])
      .default('test')
      .describe('The first (train) or the last (test) samples of the shuffled set.'),
    seed: z.int().min(0).max(0xffffffff).default(42).describe("Seed of numpy's legacy generator."),
    samplesPerClass: z.int().min(1).max(100_000).default(500).describe('Samples of each digit, train and test together.'),
    trainFraction: z.number().min(0).max(1).default(0.8).describe('The share of all samples in the train split.'),
    padding: z
      .tuple([z.int().min(0).max(10_000), z.int().min(0).max(10_000)])
      .refine(([least, most]) => least <= most, 'The least padding is larger than the most.')
      .default([36, 60])
      .describe('Least and most zeros appended to a 12-point template.'),
    scale: amount.default(0.4).describe('Amplitudes are multiplied by 1 ± half of this.'),
    maxTranslation: z.int().min(1).max(10_000).default(48).describe('Signals are rotated right by less than this many points.'),
    correlatedNoise: amount.default(0.25).describe('Standard deviation, before smoothing, of the noise where the signal is 0.'),
    whiteNoise: amount.default(0.02).describe('Standard deviation of the noise that is added everywhere.'),
    shear: amount.default(0.75).describe('The largest slope that is subtracted is half of this over the length.'),
    length: z.int().min(2).max(10_000).default(40).describe('Points of a finished sample.'),
  })
  .superRefine((parameters, context) => {
    const dilated = TEMPLATE_LENGTH + parameters.padding[1];
    if (parameters.maxTranslation > dilated) {
      context.addIssue({
        code: 'custom',
        path: ['maxTranslation'],
        message: `must be at most ${dilated}, 12 plus the most padding.`,
      });
    }
    const values = parameters.samplesPerClass * TEMPLATES * parameters.length;
    if (values > MAX_VALUES) {
      context.addIssue({
        code: 'custom',
        path: ['samplesPerClass'],
        message: `makes ${values} values; at most ${MAX_VALUES} are generated.`,
      });
    }
    const [start, end] = splitRange(parameters);
    if (start === end)
      context.addIssue({ code: 'custom', path: ['trainFraction'], message: `leaves the ${parameters.split} split empty.` });
  });

export type Mnist1dParameters = z.infer<typeof mnist1dParametersSchema>;

/** The shuffled samples of a split: `start` … `end − 1`. */
export function splitRange(
  parameters: Pick<Mnist1dParameters, 'split' | 'samplesPerClass' | 'trainFraction'>,
): [start: number, end: number] {
  const all = parameters.samplesPerClass * TEMPLATES;
  const train = Math.floor(all * parameters.trainFraction);
  return parameters.split === 'train' ? [0, train] : [train, all];
}
