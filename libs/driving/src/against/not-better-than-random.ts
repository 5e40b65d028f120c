import { canonicalJson, type Comparison, type MetricDescription, type Reason, type TableRow } from '@xaigrid/contracts';

/** The control that others must beat. */
export const CONTROL = 'random';

/**
 * Whether random maps are the least that a metric of this category asks for. Elsewhere maps that know nothing may be the best: they never move
 * (robustness, axioms), and how complex a map is says nothing of whether it is right.
 */
export function mustBeatRandom({ category }: Pick<MetricDescription, 'category'>): boolean {
  return category === 'faithfulness' || category === 'localisation' || category === 'randomisation';
}

/**
 * Rows whose method the samples do not show to be better than `random` of the same run: the 95 % interval of the paired difference does not lie on
 * the good side of 0.
 * @param rows of one run and one metric
 * @param comparisons of its headline measure, `random` the second
 */
export function notBetterThanRandom(
  rows: readonly TableRow[],
  comparisons: readonly Comparison[],
  { measures, headline }: Pick<MetricDescription, 'measures' | 'headline'>,
): Map<TableRow, Reason> {
  const lowerIsBetter = measures.find(({ name }) => name === headline)?.direction === 'lower';
  const keyOf = ({ dataset, model, engine, scoredClass, setting }: TableRow | Comparison, label: string): string =>
    canonicalJson([dataset, model, engine, scoredClass, setting, label]);
  const found = new Map(comparisons.map((comparison) => [keyOf(comparison, comparison.first), comparison]));
  return new Map(
    rows.flatMap((row) => {
      const comparison = row.method === CONTROL ? undefined : found.get(keyOf(row, row.label));
      if (comparison === undefined) return [];
      const { interval, difference, samples, second } = comparison;
      if (interval !== undefined && (lowerIsBetter ? interval.high < 0 : interval.low > 0)) return [];
      const between = interval === undefined ? '' : `, 95 % interval ${digits(interval.low)} to ${digits(interval.high)}`;
      const text = `${headline} less that of ${second} is ${digits(difference)}${between}, on ${samples} sample${samples === 1 ? '' : 's'}; ${lowerIsBetter ? 'lower' : 'higher'} is better`;
      return [[row, { code: 'not-better-than-random', text } satisfies Reason] as const];
    }),
  );
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
