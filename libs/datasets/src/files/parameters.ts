import { z } from 'zod';

/** Parameters that all kinds of data sets from arrays have. */
export const arrayParameters = {
  addChannel: z.boolean().default(false).describe('Append a channel axis: [n, length] becomes [n, length, 1].'),
  classNames: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The classes in the order of their numbers; by default the numbers themselves.'),
  multiLabel: z
    .boolean()
    .optional()
    .describe('Whether the rows of labels are sets, of several classes or none; by default if one of them is not one-hot.'),
};

export const pathSchema = z.string().min(1);
