import { z } from 'zod';

/** A number that may be NaN or infinite. JSON cannot write those, so there they are `"NaN"`, `"Infinity"` and `"-Infinity"`. */
export const anyNumberSchema = z.codec(
  z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  z.custom<number>((value) => typeof value === 'number', 'expected a number'),
  { decode: Number, encode: wordOf },
);

function wordOf(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}
