import { canonicalJson, type DescribeMeasure, type TableRow } from '@xaigrid/contracts';
import { groupsOf } from './groups.js';

/** Groups of rows that differ only in the method. Only these are comparable. */
export function comparableGroups(rows: readonly TableRow[]): TableRow[][] {
  const key = ({ dataset, model, engine, metric, scoredClass, explainedClass, setting, divisor }: TableRow): string =>
    canonicalJson({ dataset, model, engine, metric, scoredClass, explainedClass, setting, divisor: divisor ?? 0 });
  return groupsOf(rows, key).map(([, group]) => group);
}

/** The rows with the best value of a measure among comparable rows; none if nothing is comparable. */
export function bestRows(rows: readonly TableRow[], measure: string, describe: DescribeMeasure): ReadonlySet<TableRow> {
  const best = new Set<TableRow>();
  for (const group of comparableGroups(rows)) {
    const direction = describe(group[0]?.metric ?? '', measure)?.direction;
    const values = group.map((row) => row.measures[measure]?.value ?? NaN).filter(Number.isFinite);
    if (direction === undefined || values.length < 2) continue;
    const value = direction === 'lower' ? Math.min(...values) : Math.max(...values);
    for (const row of group) if (row.measures[measure]?.value === value) best.add(row);
  }
  return best;
}
