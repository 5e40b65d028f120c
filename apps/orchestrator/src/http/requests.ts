import { selectionSchema, XaigridError, type Selection } from '@xaigrid/contracts';
import { z } from 'zod';

/** Parts of requests that several routes share. */
const referenceSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected the id of a run, a unique beginning of one, or latest')
  .meta({ description: 'Id of a run, a unique beginning of one, or `latest`.' });

export const runParamsSchema = z.object({ id: referenceSchema });

const LARGEST_INTEGER = 2 ** 31 - 1;

/** A whole number in a path or a query, where everything is text: digits only, so that an empty value is no zero. */
export function wholeNumber(description: string, { min = 0, max = LARGEST_INTEGER } = {}) {
  return z
    .string()
    .regex(/^\d{1,10}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `expected at least ${min}`).max(max, `expected at most ${max}`))
    .meta({ description, type: 'integer', pattern: undefined, minimum: min, maximum: max });
}

/** One evaluation of a run. */
export const evaluationParamsSchema = z.object({
  id: referenceSchema,
  ordinal: wholeNumber('Position of the evaluation in the run.'),
});

/** Samples `start` … `end − 1`. */
export const rangeSchema = z.object({
  start: wholeNumber('First sample.'),
  end: wholeNumber('The sample after the last.', { min: 1 }),
});

export function assertNotEmpty({ start, end }: z.infer<typeof rangeSchema>): void {
  if (end <= start) throw new XaigridError('REQUEST_INVALID', `The range is empty: end is ${end}, start is ${start}.`);
}

/** A number of any kind in a query. */
export function decimalNumber(description: string) {
  return z
    .string()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, 'expected a number')
    .transform(Number)
    .pipe(z.number())
    .meta({ description, type: 'number', pattern: undefined });
}

/** Yes or no in a query. */
export function yesOrNo(description: string) {
  return z
    .enum(['true', 'false'], 'expected true or false')
    .transform((text) => text === 'true')
    .meta({ description, type: 'boolean', enum: undefined });
}

/** A list of runs in a query: `with=a&with=b` and `with=a,b` are the same. */
export const referenceListSchema = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => (value === undefined ? [] : [value].flat().flatMap((text) => text.split(','))))
  .pipe(z.array(referenceSchema).max(100))
  .meta({ description: 'Other runs beside this one.' });

/** Names in a query: `method=a&method=b`, each as it is, since names may hold commas. */
export function nameList(description: string) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .pipe(z.array(z.string().min(1).max(1_000)).min(1).max(100))
    .meta({ description });
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const settingSchema = z
  .string()
  .max(4_096)
  .transform((text, context) => {
    const parsed = z.record(z.string(), z.json()).safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue('expected a JSON object such as {"keepFraction":0.3}');
    return z.NEVER;
  })
  .meta({ description: 'Only settings that contain all of this JSON object, for example {"keepFraction":0.3}.' });

const { dataset, model, method, metric, keep, baseline, evaluation } = selectionSchema.shape;
const described = (part: z.ZodType): string => part.meta()?.description ?? '';

/** What is chosen of a run, as the command's options choose it. A repeated parameter names alternatives. */
export const selectionQuerySchema = z.object({
  evaluation: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat().map(Number))
    .pipe(z.array(z.int().min(0)).max(100))
    .optional()
    .meta({ description: described(evaluation) }),
  dataset: nameList(described(dataset)).optional(),
  model: nameList(described(model)).optional(),
  method: nameList(described(method)).optional(),
  metric: nameList(described(metric)).optional(),
  keep: nameList(described(keep)).optional(),
  baseline: nameList(described(baseline)).optional(),
  setting: settingSchema.optional(),
});

/** The selection in a query that has more than that. */
export function selectionIn(query: z.output<typeof selectionQuerySchema>): Selection {
  return selectionSchema.parse(withoutAbsent(query));
}

/** A query without the parameters that were not given. */
export function withoutAbsent(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

/** Several names of `against`. */
export const againstSchema = nameList('Only comparisons with one of these as the second; `method` says what comes first.');

/** Bytes in an answer. */
export const binarySchema = z.custom<Buffer<ArrayBuffer>>().meta({ type: 'string', format: 'binary' });
