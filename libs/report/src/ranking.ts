import { canonicalJson, type MeasureDescription, type MetricDescription, type TableRow } from '@xaigrid/contracts';
import { describedMeasure, describedMetric, resultMeasures } from './descriptions.js';
import { groupsOf } from './groups.js';
import { settingInWords } from './table-columns.js';

export interface RankedMethod {
  readonly row: TableRow;
  readonly value: number;
  /** 1 is the best; equal values have the same rank. */
  readonly rank: number;
  /** Whether its maps know nothing of the model: what the others are measured against. */
  readonly isControl: boolean;
}

/** The methods of one model on one data set by a measure of one metric, at one setting. */
export interface Ranking {
  readonly dataset: string;
  readonly model: string;
  readonly metric: MetricDescription;
  readonly measure: MeasureDescription;
  readonly scoredClass: string;
  /** Scored classes that there are results of: with more than one it must be said which one is meant. */
  readonly scoredClasses: number;
  readonly setting: TableRow['setting'];
  /** Settings that the metric was scored at. */
  readonly settings: number;
  /** The best first. */
  readonly methods: readonly RankedMethod[];
  /** Rows of methods without a value at the setting. */
  readonly missing: readonly TableRow[];
}

export interface RankingOptions {
  readonly metrics: readonly MetricDescription[];
  /** Methods that are controls: `random`. */
  readonly controls: ReadonlySet<string>;
  /** By which measures: each metric's headline, the default, or every result that has a better and a worse. */
  readonly measures?: 'headline' | 'results';
}

/**
 * Ranks methods by each metric's headline measure, one ranking a data set, model, metric and scored class, at the setting of `settingToCompare`;
 * by its other measures at the same setting. Rates that are divided by another number than that of the samples are left out where there are others.
 */
export function rankings(rows: readonly TableRow[], { metrics, controls, measures = 'headline' }: RankingOptions): Ranking[] {
  const groups = groupsOf(rows, ({ dataset, model, metric, scoredClass }) =>
    canonicalJson([dataset, model, metric, scoredClass]),
  );
  const classesOf = (one: TableRow): number =>
    new Set(rows.flatMap((row) => (row.dataset === one.dataset && row.model === one.model ? [row.scoredClass] : []))).size;
  return groups.flatMap(([, all]) => {
    const undivided = all.filter(({ divisor }) => divisor === undefined);
    const group = undivided.length > 0 ? undivided : all;
    const [first] = group;
    if (first === undefined) return [];
    const metric = describedMetric(metrics, first.metric);
    const setting = settingToCompare(group, { measure: metric.headline, controls });
    if (setting === undefined) return [];
    const chosen = measures === 'headline' ? [describedMeasure(metric, metric.headline)] : resultMeasures(metric, group);
    const { dataset, model, scoredClass } = first;
    return chosen.flatMap((measure) => {
      if (measure.direction === undefined) return [];
      const isThere = (row: TableRow): boolean => sameSetting(row.setting, setting) && valueOf(row, measure.name) !== undefined;
      // Once each, also where rates are there with several divisors.
      const found = new Map(groupsOf(group.filter(isThere), evaluationKey));
      const there = [...found.values()].flatMap(([row]) => row ?? []);
      return [
        {
          ...{ dataset, model, metric, measure, scoredClass, scoredClasses: classesOf(first), setting },
          settings: new Set(group.map((row) => canonicalJson(row.setting))).size,
          methods: ranked(there, measure, controls),
          missing: groupsOf(group, evaluationKey).flatMap(([key, [row]]) => (found.has(key) || row === undefined ? [] : [row])),
        },
      ];
    });
  });
}

/** `scored class 0` where there are results of several; empty where nothing need be said. */
export function scoredClassInWords({ scoredClass, scoredClasses }: Pick<Ranking, 'scoredClass' | 'scoredClasses'>): string {
  return scoredClasses > 1 ? `scored class ${scoredClass}` : '';
}

/** `keep 0.3, baseline zero, scored class 0`: where methods are compared; empty where there is nothing to say. */
export function comparedAt(ranking: Pick<Ranking, 'setting' | 'scoredClass' | 'scoredClasses'>): string {
  return [settingInWords(ranking.setting), scoredClassInWords(ranking)].filter(Boolean).join(', ');
}

/** `cnn on mnist1d, scored class 0`: what a figure of the ranking is about. */
export function rankedTitle(title: string, ranking: Pick<Ranking, 'scoredClass' | 'scoredClasses'>): string {
  return [title, scoredClassInWords(ranking)].filter(Boolean).join(', ');
}

/** What tells the evaluations of several runs apart. */
function evaluationKey({ runId, label, engine }: TableRow): string {
  return canonicalJson([runId, label, engine]);
}

function ranked(
  rows: readonly TableRow[],
  { name, direction }: MeasureDescription,
  controls: ReadonlySet<string>,
): RankedMethod[] {
  const sign = direction === 'lower' ? 1 : -1;
  const values = rows.map((row) => ({ row, value: valueOf(row, name) ?? NaN }));
  return values
    .map(({ row, value }) => ({
      ...{ row, value, isControl: controls.has(row.method) },
      rank: 1 + values.filter((other) => sign * other.value < sign * value).length,
    }))
    .sort((a, b) => a.rank - b.rank);
}

/**
 * The setting at which methods are compared: where their values lie furthest apart among the settings that most methods have; of equals the
 * first. Controls do not count where two others are left: how far a control lies off is no difference between methods.
 * @param options.measure the measure that tells methods apart
 */
export function settingToCompare(
  rows: readonly TableRow[],
  { measure, controls }: { readonly measure: string; readonly controls: ReadonlySet<string> },
): TableRow['setting'] | undefined {
  const settings = groupsOf(
    rows.filter((row) => valueOf(row, measure) !== undefined),
    ({ setting }) => canonicalJson(setting),
  ).map(([, group]) => group);
  const most = Math.max(...settings.map((group) => group.length));
  const spread = (group: readonly TableRow[]): number => {
    const telling = group.filter(({ method }) => !controls.has(method));
    const values = (telling.length > 1 ? telling : group).map((row) => valueOf(row, measure) ?? 0);
    return Math.max(...values) - Math.min(...values);
  };
  return settings
    .filter((group) => group.length === most)
    .reduce<TableRow[] | undefined>(
      (best, group) => (best === undefined || spread(group) > spread(best) ? group : best),
      undefined,
    )
    ?.at(0)?.setting;
}

export function sameSetting(a: TableRow['setting'], b: TableRow['setting']): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function valueOf(row: TableRow, name: string): number | undefined {
  const value = row.measures[name]?.value;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
