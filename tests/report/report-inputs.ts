import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Where the report's models, data and expected numbers are; its tests skip themselves when it is unset. */
export const reportInputs = process.env.REPORT_INPUTS;

/** The path of one of the report's files. */
export function inputPath(name: string): string {
  if (reportInputs === undefined) throw new TypeError('REPORT_INPUTS is not set.');
  return join(reportInputs, name);
}

const rates = z.object({
  keepFraction: z.number(),
  drop: z.number(),
  increase: z.number(),
  tolerance: z.object({ drop: z.number(), increase: z.number() }),
});
export type ExpectedRates = z.infer<typeof rates>;
/** Also as the report has them: sums divided by another number than that of the samples. */
const dividedRates = rates.extend({ reportRow: z.object({ divisor: z.number(), drop: z.number(), increase: z.number() }) });

const modelSchema = z.object({
  ...{ samples: z.number(), accuracy: z.number() },
  ...{ classAccuracy: z.array(z.number()), f1: z.array(z.number()) },
});
export type ExpectedModel = z.infer<typeof modelSchema>;

const confusedSchema = z.object({
  ...{ accuracy: z.number(), rocAuc: z.number(), prAuc: z.number(), f1: z.number() },
  confusedWith: z.array(z.int()),
});

const expectedSchema = z.object({
  mnist1d: modelSchema.extend({
    /** By digit. */
    table1: z.object({ 5: confusedSchema, 9: confusedSchema }),
    sise: rates,
    storedShapMaps: rates,
    shapDeep: rates.extend({ mapMedianMaxAbsError: z.number() }),
  }),
  hmt: modelSchema.extend({ averagePrecision: z.array(z.number()), sise: dividedRates, shapGradient: dividedRates }),
});

/** What must come out, with tolerances. */
export async function expectedResults(): Promise<z.infer<typeof expectedSchema>> {
  return expectedSchema.parse(JSON.parse(await readFile(inputPath('expected.json'), 'utf8')));
}
