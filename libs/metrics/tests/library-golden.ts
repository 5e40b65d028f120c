import { readFileSync } from 'node:fs';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';

/** `[n, height, width, channels]` */
const samplesSchema = z.array(z.array(z.array(z.array(z.number()))));

function samplesOf(rows: z.infer<typeof samplesSchema>): Tensor {
  const shape = [rows.length, rows[0]?.length ?? 0, rows[0]?.[0]?.length ?? 0, rows[0]?.[0]?.[0]?.length ?? 0];
  return tensorOf(Float32Array.from(rows.flat(3)), shape);
}

const goldenSchema = z.object({
  inputs: samplesSchema,
  classes: z.array(z.number()),
  cases: z.array(z.looseObject({ maps: samplesSchema })),
});

/** What a script of tests/parity wrote by small_samples.py: its samples and cases, the latter with what is the metric's own. */
export function libraryGolden<Own extends object>(file: string, own: z.ZodType<Own>) {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(new URL(`../../../tests/parity/${file}`, import.meta.url), 'utf8')));
  return {
    inputs: samplesOf(golden.inputs),
    classes: Int32Array.from(golden.classes),
    cases: golden.cases.map((one) => ({ ...own.parse(one), maps: samplesOf(one.maps) })),
  };
}
