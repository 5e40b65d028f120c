import { z } from 'zod';
import { anyNumberSchema } from './any-number.js';

/** A line through points: `x[i]`, `y[i]`, ascending in x. */
const lineSchema = z.object({ x: z.array(anyNumberSchema), y: z.array(anyNumberSchema) });
export type Line = z.infer<typeof lineSchema>;

const areaSchema = z.number().exactOptional().meta({ description: 'Absent if the class or the rest has no samples.' });

const curvesSchema = z.object({
  roc: lineSchema.meta({ description: 'False positive rate and true positive rate: a part of the corners.' }),
  precisionRecall: lineSchema.meta({ description: 'Recall and precision, a part of the corners. Draw it in steps.' }),
});
export type ClassificationCurves = z.infer<typeof curvesSchema>;

const classSchema = z.object({
  class: z.int(),
  support: z.int().meta({ description: 'Samples with this label.' }),
  predicted: z.int().meta({ description: 'Samples predicted as this class.' }),
  ...{ precision: z.number(), recall: z.number(), f1: z.number() },
  ...{ rocAuc: areaSchema, averagePrecision: z.number() },
  curves: curvesSchema.exactOptional().meta({ description: 'Absent if the class has no samples, or beyond the most curves.' }),
});

const cellSchema = z.object({ label: z.int(), predicted: z.int(), samples: z.int().positive() });

const binSchema = z.object({
  low: z.number().meta({ description: 'Confidences above this; of the first bin, from it on.' }),
  high: z.number(),
  samples: z.int(),
  confidence: z.number().exactOptional().meta({ description: 'The mean of its samples.' }),
  accuracy: z.number().exactOptional(),
});

/** How good a model is on a data set, from the predictions that a run stored. */
export const modelQualitySchema = z.object({
  engine: z.string().meta({ description: 'What made these predictions.' }),
  classNames: z.array(z.string()).meta({ description: 'One per output of the model.' }),
  samples: z.int().meta({ description: 'Samples with a stored prediction.' }),
  planned: z.int(),
  accuracy: z.number().meta({ description: 'Of samples with sets of labels: the share whose set is predicted exactly.' }),
  accuracyInterval: z.object({ low: z.number(), high: z.number() }).exactOptional(),
  topK: z.array(z.object({ k: z.int(), accuracy: z.number() })),
  macro: z.object({
    precision: z.number(),
    recall: z.number(),
    f1: z.number(),
    rocAuc: areaSchema,
    averagePrecision: z.number(),
  }),
  micro: z.object({ rocAuc: areaSchema, averagePrecision: z.number(), curves: curvesSchema }),
  perClass: z.array(classSchema),
  confusion: z
    .object({
      cells: z.array(cellSchema).meta({ description: 'Cells with samples; if there are too many, those with the most.' }),
      cellsLeftOut: z.int(),
    })
    .exactOptional()
    .meta({ description: 'Absent if samples have sets of labels.' }),
  calibration: z
    .object({ bins: z.array(binSchema), expectedError: z.number(), maximumError: z.number() })
    .exactOptional()
    .meta({ description: 'Absent if the outputs are no probabilities, or if samples have sets of labels.' }),
  multiLabel: z.object({ threshold: z.number(), hammingLoss: z.number() }).exactOptional(),
});
export type ModelQualityAnswer = z.infer<typeof modelQualitySchema>;

export const modelQualityAnswerSchema = z.object({
  quality: modelQualitySchema.exactOptional(),
  reason: z.string().exactOptional().meta({ description: 'Why there are no numbers, if there are none.' }),
});
