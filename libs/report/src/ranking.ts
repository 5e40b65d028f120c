import {
  canonicalJson,
  measuredValue,
  placesByValue,
  sameSetting,
  scaleOf,
  settingToCompare,
  withoutOtherDivisors,
  type Decisions,
  type MeasureDescription,
  type MetricDescription,
  type TableRow,
} from '@xaigrid/contracts';
import { describedMeasure, describedMetric, resultMeasures } from './descriptions.js';
import { groupsOf } from './groups.js';
import { settingInWords } from './table-columns.js';

export interface RankedMethod {
  readonly row: TableRow;
  readonly value: number;
  /** 1 is the best; values that are equal but for rounding have the same rank. */
  readonly rank: number;
  /** Whether its maps do not depend on the model. The other methods are compared with it. */
  readonly isControl: boolean;
}

/** The methods of one model on one data set by a measure of one metric, at one setting. */
export interface Ranking {
  readonly dataset: string;
  readonly model: string;
  readonly metric: MetricDescription;
  readonly measure: MeasureDescription;
  readonly scoredClass: string;
  /** The number of scored classes with results. If there are several, the class must be named. */
  readonly scoredClasses: number;
  readonly setting: TableRow['setting'];
  /** The number of settings of the metric. */
  readonly settings: number;
  /** Whether the run took samples until methods were decided at this setting. Otherwise it is that of `settingToCompare`. */
  readonly isDecided: boolean;
  /** The best first. */
  readonly methods: readonly RankedMethod[];
  /** Rows of methods without a value at the setting. */
  readonly missing: readonly TableRow[];
}

export interface RankingOptions {
  readonly metrics: readonly MetricDescription[];
  /** Methods that are controls: `random`. */
  readonly controls: ReadonlySet<string>;
  /** What runs decided that took samples until they did. */
  readonly decisions?: readonly Decisions[];
  /** The measures to rank by: each metric's headline (default), or every result with a better direction. */
  readonly measures?: 'headline' | 'results';
}

/**
 * Ranks methods by each metric's headline measure, with one ranking per data set, model, metric and scored class, at the setting
 * of `settingToCompare`. Other measures are ranked at the same setting. Rates with a divisor other than the number of samples are
 * left out if there are others. Where a run took samples until methods were decided, the setting is that one.
 */
export function rankings(
  rows: readonly TableRow[],
  { metrics, controls, decisions = [], measures = 'headline' }: RankingOptions,
): Ranking[] {
  const groups = groupsOf(rows, ({ dataset, model, metric, scoredClass }) =>
    canonicalJson([dataset, model, metric, scoredClass]),
  );
  const classesOf = (one: TableRow): number =>
    new Set(rows.flatMap((row) => (row.dataset === one.dataset && row.model === one.model ? [row.scoredClass] : []))).size;
  return groups.flatMap(([, all]) => {
    const group = withoutOtherDivisors(all);
    const [first] = group;
    if (first === undefined) return [];
    const metric = describedMetric(metrics, first.metric);
    const decided = decidedSetting(group, decisions);
    const setting = decided ?? settingToCompare(group, { measure: metric.headline, controls });
    if (setting === undefined) return [];
    const chosen = measures === 'headline' ? [describedMeasure(metric, metric.headline)] : resultMeasures(metric, group);
    const { dataset, model, scoredClass } = first;
    return chosen.flatMap((measure) => {
      if (measure.direction === undefined) return [];
      const isThere = (row: TableRow): boolean =>
        sameSetting(row.setting, setting) && measuredValue(row, measure.name) !== undefined;
      // Once each, even if there are rates with several divisors.
      const found = new Map(groupsOf(group.filter(isThere), evaluationKey));
      const there = [...found.values()].flatMap(([row]) => row ?? []);
      return [
        {
          ...{ dataset, model, metric, measure, scoredClass, scoredClasses: classesOf(first), setting },
          isDecided: decided !== undefined,
          settings: new Set(group.map((row) => canonicalJson(row.setting))).size,
          methods: ranked(there, measure, controls),
          missing: groupsOf(group, evaluationKey).flatMap(([key, [row]]) => (found.has(key) || row === undefined ? [] : [row])),
        },
      ];
    });
  });
}

/** Of rows of one data set, model, metric and scored class: the setting by which a run decided between methods. */
function decidedSetting(rows: readonly TableRow[], decisions: readonly Decisions[]): TableRow['setting'] | undefined {
  return decisions
    .flatMap(({ pairs }) => pairs)
    .map((pair) =>
      rows.find(
        (row) =>
          (['dataset', 'model', 'metric', 'scoredClass'] as const).every((key) => row[key] === pair[key]) &&
          sameSetting(row.setting, pair.setting),
      ),
    )
    .find((row) => row !== undefined)?.setting;
}

/** `the one at which the methods lie furthest apart`: why a ranking is of this one of several settings. */
export function whySetting({ isDecided }: Pick<Ranking, 'isDecided'>): string {
  return isDecided ? 'the one by which the run decided' : 'the one at which the methods lie furthest apart';
}

/** `scored class 0` if there are results of several; otherwise empty. */
export function scoredClassInWords({ scoredClass, scoredClasses }: Pick<Ranking, 'scoredClass' | 'scoredClasses'>): string {
  return scoredClasses > 1 ? `scored class ${scoredClass}` : '';
}

/** `keep 0.3, baseline zero, scored class 0`: where methods are compared; empty if there is nothing to say. */
export function comparedAt(ranking: Pick<Ranking, 'setting' | 'scoredClass' | 'scoredClasses'>): string {
  return [settingInWords(ranking.setting), scoredClassInWords(ranking)].filter(Boolean).join(', ');
}

/** `cnn on mnist1d, scored class 0`: what a figure of the ranking is about. */
export function rankedTitle(title: string, ranking: Pick<Ranking, 'scoredClass' | 'scoredClasses'>): string {
  return [title, scoredClassInWords(ranking)].filter(Boolean).join(', ');
}

/** Distinguishes the evaluations of several runs. */
function evaluationKey({ runId, label, engine }: TableRow): string {
  return canonicalJson([runId, label, engine]);
}

function ranked(
  rows: readonly TableRow[],
  { name, direction = 'higher', ...measure }: MeasureDescription,
  controls: ReadonlySet<string>,
): RankedMethod[] {
  const values = rows.map((row) => measuredValue(row, name) ?? NaN);
  const groups = placesByValue(values, { direction, scale: scaleOf(measure) });
  return groups.flatMap((group, at) => {
    const rank = 1 + groups.slice(0, at).reduce((sum, better) => sum + better.length, 0);
    const equal = group.slice().sort((a, b) => a - b);
    return equal.flatMap((place) => {
      const row = rows[place];
      return row === undefined ? [] : [{ row, value: values[place] ?? NaN, rank, isControl: controls.has(row.method) }];
    });
  });
}
