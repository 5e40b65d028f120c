import type { DescribeMeasure, MeasureDescription, MetricDescription, TableRow } from '@xaigrid/contracts';

/** The description of a metric. One that is not among those known, as in results of a newer version, is called by its name. */
export function describedMetric(metrics: readonly MetricDescription[], name: string): MetricDescription {
  const known = metrics.find(({ metric }) => metric === name);
  return known ?? { metric: name, title: name, summary: '', category: 'faithfulness', source: '', measures: [], headline: '' };
}

/** The description of a measure; one that is not known is a result without a direction. */
export function describedMeasure({ measures }: MetricDescription, name: string): MeasureDescription {
  return measures.find((measure) => measure.name === name) ?? unknownMeasure(name);
}

/** As `describedMeasure`, of a metric by its name. */
export function measureOf(describe: DescribeMeasure | undefined, metric: string, name: string): MeasureDescription {
  return describe?.(metric, name) ?? unknownMeasure(name);
}

function unknownMeasure(name: string): MeasureDescription {
  return { name, aggregate: 'mean', title: name, meaning: '', role: 'result', range: {} };
}

/** Whether a measure says what of maps: neither details nor what is the same for all of them. */
export function isOfMaps({ role }: MeasureDescription): boolean {
  return role !== 'detail' && role !== 'reference';
}

/** Measures of these rows in the metric's order: those that say something of the maps. */
export function resultMeasures(metric: MetricDescription, rows: readonly TableRow[]): MeasureDescription[] {
  const names = [...new Set([...metric.measures.map(({ name }) => name), ...rows.flatMap((row) => Object.keys(row.measures))])];
  return names
    .filter((name) => rows.some((row) => row.measures[name] !== undefined))
    .map((name) => describedMeasure(metric, name))
    .filter(({ role, aggregate }) => role === 'result' && (aggregate === 'mean' || aggregate === 'share'));
}

/** What a map that knows nothing gets in this row, where that is known. */
export function chanceOf({ chance }: MeasureDescription, row: TableRow): number | undefined {
  return typeof chance === 'object' ? row.measures[chance.measure]?.value : chance;
}

/** `lower is better` */
export function directionInWords({ direction }: MeasureDescription): string {
  return direction === undefined ? 'neither high nor low is better' : `${direction} is better`;
}
