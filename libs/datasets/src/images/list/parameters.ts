import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { imageParameters } from '../parameters.js';

const columnSchema = z.union([z.string().min(1), z.int().nonnegative()]);

export const imageListParametersSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('The table, one row per image: .csv, .tsv, .jsonl or .parquet. The first line of a CSV file names the columns.'),
  image: columnSchema
    .default('image')
    .describe('The column of the images: paths; or, in a Parquet file, their bytes, or {bytes, path} as Hugging Face writes it.'),
  label: columnSchema.default('label').describe('The column of the labels: numbers of the classes from 0, or their names.'),
  images: z
    .string()
    .min(1)
    .optional()
    .describe('The folder that paths are relative to, and that all images are in. Default: the folder of the table.'),
  split: z
    .strictObject({
      column: columnSchema.describe('The column that says it.'),
      take: z.union([z.string(), z.number()]).describe('The value of the rows that are taken.'),
    })
    .optional()
    .describe('Only rows of one split: { column: split, take: test }. Default: all rows.'),
  id: columnSchema
    .optional()
    .describe('A column in which every row has another value. It is checked, and names images of bytes.'),
  classNames: z
    .union([z.array(z.string().min(1)).min(1), z.string().min(1)])
    .optional()
    .describe(
      'The names of the classes in the order of their numbers; or a file with them: a name per line, a JSON list, or a JSON object of names and numbers. Default: the names in a Parquet file of Hugging Face, else names in the order of code points.',
    ),
  delimiter: z.enum(['auto', 'comma', 'semicolon', 'tab']).default('auto').describe('The separator of the cells of a CSV file.'),
  ...imageParameters,
});
export type ImageListParameters = z.infer<typeof imageListParametersSchema>;

/** The file of the names of the classes, if they are in one. */
export function namesFile({ classNames }: ImageListParameters): string | undefined {
  return typeof classNames === 'string' ? classNames : undefined;
}

const numbersSchema = z.record(z.string(), z.int().nonnegative());
const namesByNumberSchema = z.record(z.string().regex(/^\d+$/), z.string());

/**
 * The names of classes in a file, in the order of their numbers.
 * @throws DATASET_UNREADABLE if it has none, or numbers that leave gaps
 */
export function parseClassNames(text: string, name: string): string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  const names = /^[[{]/.test(trimmed) ? namesInJson(trimmed, name) : trimmed.split(/\r?\n/).map((line) => line.trim());
  const problem = (what: string): XaigridError => new XaigridError('DATASET_UNREADABLE', `${name} ${what}.`);
  if (names.length === 0 || names[0] === '') throw problem('has no names of classes');
  const empty = names.findIndex((one) => one === undefined || one === '');
  if (empty >= 0) throw problem(`has no name for class ${empty}. Classes are numbered from 0 without gaps`);
  const twice = names.find((one, at) => names.indexOf(one) !== at);
  if (twice !== undefined) throw problem(`has the name "${twice}" twice`);
  return names.flatMap((one) => one ?? []);
}

function namesInJson(text: string, name: string): (string | undefined)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new XaigridError('DATASET_UNREADABLE', `${name} begins as JSON and is none: ${String(error)}.`, { cause: error });
  }
  const list = z.array(z.string()).safeParse(parsed);
  if (list.success) return list.data;
  const numbers = numbersSchema.safeParse(parsed);
  const byNumber = namesByNumberSchema.safeParse(parsed);
  const entries = numbers.success
    ? Object.entries(numbers.data).map(([text_, number]) => [number, text_] as const)
    : byNumber.success
      ? Object.entries(byNumber.data).map(([number, text_]) => [Number(number), text_] as const)
      : undefined;
  if (entries === undefined)
    throw new XaigridError(
      'DATASET_UNREADABLE',
      `${name} is JSON, and neither a list of names, nor {"name": number, …}, nor {"number": "name", …}.`,
    );
  const found: (string | undefined)[] = Array.from({ length: 1 + Math.max(-1, ...entries.map(([number]) => number)) });
  for (const [number, one] of entries) found[number] = one;
  return found;
}
