import { InvalidArgumentError } from 'commander';

/** Parsers of arguments and options. Commander adds to an InvalidArgumentError which one is wrong. */
export function wholeNumber(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low) throw new InvalidArgumentError(`expected a whole number of at least ${low}.`);
    return value;
  };
}

export function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('expected a number.');
  return value;
}

export function positive(text: string): number {
  const value = decimal(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

/** An end of a range of one measure. */
export interface MeasureBound {
  readonly measure: string;
  readonly value: number;
}

export function measureBound(text: string, previous?: MeasureBound): MeasureBound {
  if (previous !== undefined) throw new InvalidArgumentError('it was given before, but a range is for one measure only.');
  const [, measure = '', value = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)\s*=(.+)$/.exec(text) ?? [];
  const number = value.trim() === '' ? NaN : Number(value);
  if (measure === '' || !Number.isFinite(number))
    throw new InvalidArgumentError('expected a measure and a number, for example drop=0.5.');
  return { measure, value: number };
}

export function collect(text: string, previous: readonly string[]): string[] {
  return [...previous, text];
}

export function collectWholeNumbers(text: string, previous: readonly number[]): number[] {
  return [...previous, wholeNumber(0)(text)];
}

export const runArgument = ['<run>', 'id of a run, a unique beginning of one, or "latest"'] as const;
