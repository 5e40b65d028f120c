import { z } from 'zod';
import { XaigridError } from '../errors.js';
import { selectionSchema, type Selection } from '../selection/selection.js';
import { requestJsonSchema } from './json-schema.js';

/** Parts of requests that several routes share. */
const referenceSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected the id of a run, a unique beginning of one, or latest')
  .meta({ description: 'Id of a run, a unique beginning of one, or `latest`.', examples: ['latest'] });

export const runParamsSchema = z.object({ id: referenceSchema });

/** Another run in a query. */
export const runReferenceSchema = referenceSchema.meta({
  description: 'Another run: its id, a unique beginning of one, or `latest`; default the same run.',
});

const LARGEST_INTEGER = 2 ** 31 - 1;

/** A whole number in a path or a query, where everything is text: digits only, so that an empty value is not zero. */
export function wholeNumber(
  description: string,
  options: { readonly min?: number; readonly max?: number; readonly example?: number } = {},
) {
  const { min = 0, max = LARGEST_INTEGER } = options;
  return z
    .string()
    .regex(/^\d{1,10}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `expected at least ${min}`).max(max, `expected at most ${max}`))
    .meta({ description, type: 'integer', pattern: undefined, minimum: min, maximum: max, example: options.example ?? min });
}

/** One evaluation of a run. */
export const evaluationParamsSchema = z.object({
  id: referenceSchema,
  ordinal: wholeNumber('Position of the evaluation in the run.'),
});

/** One sample of an evaluation. */
export const sampleParamsSchema = evaluationParamsSchema.extend({
  index: wholeNumber('Position of the sample in its data set.'),
});

/** Samples `start` … `end − 1`. */
export const rangeSchema = z.object({
  start: wholeNumber('First sample.'),
  end: wholeNumber('The sample after the last.', { min: 1, example: 10 }),
});

export function assertNotEmpty({ start, end }: z.infer<typeof rangeSchema>): void {
  if (end <= start) throw new XaigridError('USAGE', `The range is empty: end is ${end}, start is ${start}.`);
}

/** A number of any kind in a query. */
export function decimalNumber(description: string) {
  return z
    .string()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, 'expected a number')
    .transform(Number)
    .pipe(z.number())
    .meta({ description, type: 'number', pattern: undefined, example: 0.5 });
}

/** Yes or no in a query. */
export function yesOrNo(description: string) {
  return z
    .enum(['true', 'false'], 'expected true or false')
    .transform((text) => text === 'true')
    .meta({ description, type: 'boolean', enum: undefined });
}

interface ListOptions<Item extends z.ZodType<unknown, string>> {
  readonly description: string;
  readonly item: Item;
  readonly examples?: readonly string[];
  readonly most?: number;
}

const oneOrMore = z.union([z.string(), z.array(z.string())]);

/** A parameter that may be repeated: `method=a&method=b`. Each value is taken as it is, since names may hold commas. */
export function listOf<Item extends z.ZodType<unknown, string>>({ description, item, examples, most = 100 }: ListOptions<Item>) {
  const items = requestJsonSchema(item);
  return oneOrMore
    .transform((value) => [value].flat())
    .pipe(z.array(item).min(1).max(most))
    .meta({
      description,
      ...{ anyOf: undefined, type: 'array', items, minItems: 1, maxItems: most },
      ...(examples === undefined ? {} : { example: examples }),
    });
}

/** Names in a query. */
function nameList(description: string, ...examples: readonly string[]) {
  return listOf({ description, item: z.string().min(1).max(1_000), ...(examples.length === 0 ? {} : { examples }) });
}

const referencesSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*$/, 'expected ids of runs, or latest');

/** A list of runs in a query: `with=a&with=b` and `with=a,b` are the same. */
export const referenceListSchema = listOf({
  description: 'Other runs to show beside this one; several are separated by commas.',
  ...{ item: referencesSchema, examples: ['latest'] },
}).transform((texts) => texts.flatMap((text) => text.split(',')));

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
  .meta({
    description: 'Only settings that contain this JSON object, for example {"keepFraction":0.3}.',
    // A parameter of this media type: its text is JSON.
    'x-consume': 'application/json',
    example: { keepFraction: 0.3 },
    ...{ type: 'object', maxLength: undefined, pattern: undefined },
  });

/** `0.3` or `>0.5`. */
const keepSchema = z
  .string()
  .regex(
    /^>? ?[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?$/,
    'expected a keep fraction such as 0.3, or a keep threshold such as >0',
  );

const positionSchema = z
  .string()
  .regex(/^\d{1,6}$/, 'expected the position of an evaluation in its run')
  .transform(Number);

const { dataset, model, method, metric, scoredClass, keep, baseline, evaluation } = selectionSchema.shape;
const described = (part: z.ZodType): string => part.meta()?.description ?? '';

/** The selection within a run, with the options of the command. A repeated parameter names alternatives. */
export const selectionQuerySchema = z.object({
  evaluation: listOf({ description: described(evaluation), item: positionSchema, examples: ['0'] }).optional(),
  dataset: nameList(described(dataset), 'mnist1d').optional(),
  model: nameList(described(model), 'cnn').optional(),
  method: nameList(described(method), 'sise').optional(),
  metric: nameList(described(metric), 'drop-increase').optional(),
  scoredClass: nameList(described(scoredClass), 'predicted').optional(),
  keep: listOf({ description: described(keep), item: keepSchema, examples: ['0.3'] }).optional(),
  baseline: nameList(described(baseline), 'zero').optional(),
  setting: settingSchema.optional(),
});

/** A measure by its name. */
export function measureName(description: string) {
  return z
    .string()
    .min(1)
    .max(64)
    .meta({ description, examples: ['drop'] });
}

/** The selection in a query that has more than that. */
export function selectionIn(query: z.output<typeof selectionQuerySchema>): Selection {
  return selectionSchema.parse(withoutAbsent(query));
}

/** A query without the parameters that were not given. */
export function withoutAbsent(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

/** Several names of `against`. */
export const againstSchema = nameList(
  'Only comparisons with one of these as the second method; `method` chooses the first.',
  'shap-gradient',
);

/** Bytes in an answer. */
export const binarySchema = z.custom<Uint8Array<ArrayBuffer>>().meta({ type: 'string', format: 'binary' });

/** SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export const artifactParamsSchema = z.object({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
    .meta({ description: 'The SHA-256 of the file.', examples: [EMPTY] }),
});
