import { canonicalJson, placesByValue, scaleOf, type DescribeMeasure, type TableRow } from '@xaigrid/contracts';
import { groupsOf } from './groups.js';

/** Groups of rows that differ only in the method. Only these are comparable. */
export function comparableGroups(rows: readonly TableRow[]): TableRow[][] {
  const key = ({ dataset, model, engine, metric, scoredClass, explainedClass, setting, divisor }: TableRow): string =>
    canonicalJson({ dataset, model, engine, metric, scoredClass, explainedClass, setting, divisor: divisor ?? 0 });
  return groupsOf(rows, key).map(([, group]) => group);
}

/** The rows with the best value of a measure, but for rounding, among comparable rows; none if nothing is comparable. */
export function bestRows(rows: readonly TableRow[], measure: string, describe: DescribeMeasure): ReadonlySet<TableRow> {
  const best = new Set<TableRow>();
  for (const group of comparableGroups(rows)) {
    const description = describe(group[0]?.metric ?? '', measure);
    const values = group.map((row) => row.measures[measure]?.value ?? NaN).map((value) => (Number.isFinite(value) ? value : NaN));
    if (description?.direction === undefined || values.filter(Number.isFinite).length < 2) continue;
    const [first = []] = placesByValue(values, { direction: description.direction, scale: scaleOf(description) });
    for (const [at, row] of group.entries()) if (first.includes(at)) best.add(row);
  }
  return best;
}
