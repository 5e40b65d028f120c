import { z } from 'zod';

const classRow = z.object({
  class: z.int(),
  name: z.string(),
  accuracy: z.number(),
  f1: z.number(),
  averagePrecision: z.number(),
});
/** What the tests read of `xaigrid metrics --format json`. */
export const metricsSchema = z.array(
  z.object({
    ...{ dataset: z.string(), samples: z.int(), accuracy: z.number(), perClass: z.array(classRow) },
    mostConfused: z.array(classRow.extend({ rocAuc: z.number(), confusedWith: z.array(z.object({ class: z.int() })) })),
  }),
);
