import {
  rangeAt,
  rangeOfDifference,
  withinRange,
  type Comparison,
  type DescribeMeasure,
  type TableRow,
} from '@xaigrid/contracts';

/**
 * The row with its intervals cut to the ranges of its measures. Sums that are divided by less than the number of samples have a
 * wider range.
 */
export function rowWithinRange(row: TableRow, describe: DescribeMeasure): TableRow {
  const factor = Math.max(1, row.samples / (row.divisor ?? row.samples));
  const measures = Object.entries(row.measures).map(([name, { value, interval }]) => {
    const description = describe(row.metric, name);
    if (interval === undefined || description === undefined) return [name, { value, ...(interval && { interval }) }] as const;
    const { low, high } = rangeAt(description, row.setting);
    const range = { ...(low === undefined ? {} : { low: low * factor }), ...(high === undefined ? {} : { high: high * factor }) };
    return [name, { value, interval: withinRange(interval, { value, range }) }] as const;
  });
  return { ...row, measures: Object.fromEntries(measures) };
}

/** The comparison with the interval of its difference cut to what differences there can be. */
export function comparisonWithinRange(comparison: Comparison, describe: DescribeMeasure): Comparison {
  const { interval, difference: value, metric, measure, setting } = comparison;
  const description = describe(metric, measure);
  if (interval === undefined || description === undefined) return comparison;
  const range = rangeOfDifference(rangeAt(description, setting));
  return { ...comparison, interval: withinRange(interval, { value, range }) };
}
