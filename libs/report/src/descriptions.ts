import type { DescribeMeasure, MeasureDescription, MetricDescription, TableRow } from '@xaigrid/contracts';

/** The description of a metric. An unknown one, as in results of a newer version, gets its name as the title. */
export function describedMetric(metrics: readonly MetricDescription[], name: string): MetricDescription {
  const known = metrics.find(({ metric }) => metric === name);
  return known ?? { metric: name, title: name, summary: '', category: 'faithfulness', source: '', measures: [], headline: '' };
}

/** The description of a measure. An unknown one counts as a result without a direction. */
export function describedMeasure({ measures }: MetricDescription, name: string): MeasureDescription {
  return measures.find((measure) => measure.name === name) ?? unknownMeasure(name);
}

/** Like `describedMeasure`, by the name of the metric. */
export function measureOf(describe: DescribeMeasure | undefined, metric: string, name: string): MeasureDescription {
  return describe?.(metric, name) ?? unknownMeasure(name);
}

function unknownMeasure(name: string): MeasureDescription {
  return { name, aggregate: 'mean', title: name, meaning: '', role: 'result', range: {} };
}

/** Whether a measure describes maps: it is neither a detail nor a reference, which is the same for all maps. */
export function isOfMaps({ role }: MeasureDescription): boolean {
  return role !== 'detail' && role !== 'reference';
}

/** The measures that are results about maps and that these rows have, in the metric's order. */
export function resultMeasures(metric: MetricDescription, rows: readonly TableRow[]): MeasureDescription[] {
  const names = [...new Set([...metric.measures.map(({ name }) => name), ...rows.flatMap((row) => Object.keys(row.measures))])];
  return names
    .filter((name) => rows.some((row) => row.measures[name] !== undefined))
    .map((name) => describedMeasure(metric, name))
    .filter(({ role, aggregate }) => role === 'result' && (aggregate === 'mean' || aggregate === 'share'));
}

/** The value of a map without information in this row, if it is known. */
export function chanceOf({ chance }: MeasureDescription, row: TableRow): number | undefined {
  return typeof chance === 'object' ? row.measures[chance.measure]?.value : chance;
}

/** `lower is better` */
export function directionInWords({ direction }: MeasureDescription): string {
  return direction === undefined ? 'neither high nor low is better' : `${direction} is better`;
}
