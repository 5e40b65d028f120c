import {
  canonicalJson,
  grouped,
  type Comparison,
  type Decisions,
  type MetricDescription,
  type TableRow,
} from '@xaigrid/contracts';
import { CONTROL, mustBeatRandom, notBetterThanRandom } from './not-better-than-random.js';
import { notToldApart } from './not-told-apart.js';
import { ordersThatDiffer } from './order-of-settings.js';
import { rowChecks } from './row-checks.js';

export interface ReasonSources {
  /** Every row of the runs: rows that were chosen are judged by all there are. */
  readonly all: readonly TableRow[];
  readonly metrics: readonly MetricDescription[];
  /** Of runs that take samples until pairs are decided, by run. */
  readonly decisions: ReadonlyMap<string, Decisions>;
  /** Comparisons of a run by a measure of a metric, `random` the second. */
  readonly comparisons: (run: string, metric: string, measure: string) => Promise<readonly Comparison[]>;
}

/** The rows with what speaks against each: the one list that tables, reports and exports show. */
export async function withReasons(rows: readonly TableRow[], sources: ReasonSources): Promise<TableRow[]> {
  const { all, metrics, comparisons, decisions } = sources;
  const asked = new Set(rows.map(({ metric }) => metric));
  const found = new Map<string, Pick<TableRow, 'against'>>();
  for (const [name, group] of grouped(all, ({ metric }) => metric)) {
    const metric = metrics.find((one) => one.metric === name);
    const measure = metric?.measures.find((one) => one.name === metric.headline);
    if (metric === undefined || measure === undefined || !asked.has(name)) continue;
    const orders = ordersThatDiffer(group, measure);
    const alike = notToldApart(group, decisions);
    for (const [run, own] of grouped(group, ({ runId }) => runId)) {
      const isThere = mustBeatRandom(metric) && own.some(({ method }) => method === CONTROL);
      const random = notBetterThanRandom(own, isThere ? await comparisons(run, name, measure.name) : [], metric);
      for (const row of own) {
        const told = [random.get(row), ...rowChecks(row, metric), orders.get(row), alike.get(row)];
        found.set(keyOf(row), { against: told.flatMap((reason) => reason ?? []) });
      }
    }
  }
  return rows.map((row) => ({ ...row, ...(found.get(keyOf(row)) ?? { against: [] }) }));
}

function keyOf({ runId, evaluation, metric, scoredClass, setting, divisor }: TableRow): string {
  return canonicalJson([runId, evaluation, metric, scoredClass, setting, divisor ?? 0]);
}
