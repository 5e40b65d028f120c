import { z } from 'zod';

/** Which positions a masked sample keeps: those that the map ranks highest, or those that it ranks lowest. */
const keptOrders = ['highest', 'lowest'] as const;

/** What replaces hidden positions: zeros, or the mean of each channel over the sample. */
const askedBaselines = ['zero', 'mean'] as const;

/** The most masked samples of one question: a curve in steps of 2.5 %. */
const MOST_MASKED = 41;

/** The most classes with an output in an answer. */
export const MOST_CLASSES_ANSWERED = 5;

/** How a stored map masks its sample before the model is asked. */
export const maskedQuestionSchema = z.strictObject({
  keepFractions: z
    .array(z.number().min(0).max(1))
    .min(1)
    .max(MOST_MASKED)
    .readonly()
    .meta({ description: 'Shares of positions that are kept, ⌊n·f⌋ of n; of equal ones the first.', examples: [[0.1, 0.3]] }),
  keeps: z.enum(keptOrders).default('highest').meta({ description: 'Whether the highest or the lowest positions are kept.' }),
  baseline: z
    .enum(askedBaselines)
    .default('zero')
    .meta({ description: 'What replaces the others: zeros, or the mean of each channel over the sample.' }),
});
export type MaskedQuestion = z.output<typeof maskedQuestionSchema>;

const classOutputSchema = z.object({ class: z.int().nonnegative(), output: z.number() });

/** What a model says to a masked sample. */
export const maskedOutputsSchema = z.object({
  class: z.int().nonnegative().meta({ description: 'The class that the model predicts for the whole sample.' }),
  whole: z.number().meta({ description: 'Its output for this class on the whole sample.' }),
  masked: z
    .array(
      z.object({
        keepFraction: z.number(),
        output: z.number().meta({ description: 'The output for the class of the whole sample.' }),
        highest: z.array(classOutputSchema).meta({ description: 'The classes with the highest outputs, at most 5.' }),
      }),
    )
    .meta({ description: 'In the order of the question.' }),
});
export type MaskedOutputs = z.infer<typeof maskedOutputsSchema>;
