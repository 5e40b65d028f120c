import {
  canonicalJson,
  codesOf,
  grouped,
  measuredValue,
  MOST_AGREEING_COLUMNS,
  FEWEST_AGREEING_METHODS,
  sameSetting,
  scaleOf,
  settingToCompare,
  withoutOtherDivisors,
  type MeasureDescription,
  type MethodRanking,
  type RankColumn,
  type RankingQuery,
  type TableRow,
} from '@xaigrid/contracts';
import { controlMethods } from '@xaigrid/explainers';
import { metrics } from '@xaigrid/metrics';
import type { Store } from '@xaigrid/store';
import { meanOf, medianOf, ranksByDirection } from './ranks.js';

/**
 * The methods of each model and data set of some rows, ranked by each metric, and how well the metrics agree. Methods of several
 * runs, or engines, are methods of their own. Rates that are divided by another number than that of the samples are left out
 * where there are others.
 */
export async function rankMethods(
  results: Pick<Store['results'], 'rankAgreements'>,
  rows: readonly TableRow[],
  { measures = 'headline' }: Pick<RankingQuery, 'measures'>,
): Promise<MethodRanking[]> {
  const rankings: MethodRanking[] = [];
  for (const subject of grouped(rows, ({ dataset, model }) => canonicalJson([dataset, model])).values())
    rankings.push(await rankSubject(results, subject, measures));
  return rankings;
}

async function rankSubject(
  results: Pick<Store['results'], 'rankAgreements'>,
  rows: readonly [TableRow, ...TableRow[]],
  which: 'headline' | 'all',
): Promise<MethodRanking> {
  const [{ dataset, model }] = rows;
  const evaluations = [...grouped(rows, evaluationKey).values()].map(([row]) => row);
  const keys = evaluations.map(evaluationKey);
  const ranked = columnsOf(rows, which);
  const columns = ranked.map((column): RankColumn => {
    const found = new Map(column.rows.map((row) => [evaluationKey(row), row]));
    const own = keys.map((key) => found.get(key));
    const values = own.map((row) => (row === undefined ? null : (measuredValue(row, column.measure) ?? null)));
    const samples = own.map((row) => row?.samples ?? null);
    const against = own.map((row) => codesOf(row?.against ?? []));
    const { metric, measure, direction, scoredClass, setting, settings } = column;
    return {
      ...{ metric, measure, direction, scoredClass, setting, settings, values },
      ranks: ranksByDirection(values, column),
      ...(new Set(samples.filter((count) => count !== null)).size > 1 ? { samples } : {}),
      ...(against.some((codes) => codes.length > 0) ? { against } : {}),
    };
  });
  const methods = evaluations.map(({ runId, runName, label, method, engine }, at) => {
    const ranks = columns.flatMap(({ ranks: of }) => of[at] ?? []);
    return {
      ...{ runId, runName, label, method, engine, control: controlMethods.has(method), ranked: ranks.length },
      ...{ meanRank: meanOf(ranks), medianRank: medianOf(ranks) },
    };
  });
  const compared = evaluations.filter(({ method }) => !controlMethods.has(method));
  const canAgree = columns.length > 1 && columns.length <= MOST_AGREEING_COLUMNS && compared.length >= FEWEST_AGREEING_METHODS;
  const agreements = canAgree ? await results.rankAgreements({ methods: compared, columns: ranked }) : [];
  return { dataset, model, methods, columns, unranked: unrankedOf(rows), agreements };
}

/** What tells the evaluations of several runs apart. */
function evaluationKey({ runId, evaluation }: TableRow): string {
  return canonicalJson([runId, evaluation]);
}

type Column = Omit<RankColumn, 'values' | 'ranks' | 'samples' | 'against'> & {
  readonly scale: number;
  readonly rows: readonly TableRow[];
};

/** Definitions of a metric are metrics of their own. */
function columnsOf(rows: readonly TableRow[], which: 'headline' | 'all'): Column[] {
  const groups = grouped(rows, ({ metric, scoredClass, setting }) =>
    canonicalJson([metric, scoredClass, setting.definition ?? null]),
  );
  return [...groups.values()].flatMap((all) => {
    const group = withoutOtherDivisors(all);
    const [{ metric: name, scoredClass }] = all;
    const description = metrics.find(({ metric }) => metric === name);
    if (description === undefined) return [];
    const { headline } = description;
    const distinct = [...grouped(group, ({ setting }) => canonicalJson(setting)).values()].map(([{ setting }]) => setting);
    const best = settingToCompare(group, { measure: headline, controls: controlMethods });
    const settings = which === 'all' ? distinct : best === undefined ? [] : [best];
    return rankedMeasuresOf(description.measures, which === 'all' ? undefined : headline).flatMap(
      ({ name: measure, direction, ...description }) =>
        settings.flatMap((setting) => {
          const own = group.filter((row) => sameSetting(row.setting, setting) && measuredValue(row, measure) !== undefined);
          if (own.length === 0) return [];
          const scale = scaleOf(description);
          return [{ metric: name, measure, direction, scale, scoredClass, setting, settings: distinct.length, rows: own }];
        }),
    );
  });
}

type DirectedMeasure = MeasureDescription & { readonly direction: 'higher' | 'lower' };

function rankedMeasuresOf(measures: readonly MeasureDescription[], only: string | undefined): DirectedMeasure[] {
  return measures.filter(
    (measure): measure is DirectedMeasure =>
      measure.direction !== undefined && (only === undefined ? isResult(measure) : measure.name === only),
  );
}

function isResult({ role, aggregate }: MeasureDescription): boolean {
  return role === 'result' && (aggregate === 'mean' || aggregate === 'share');
}

/** Results that nothing is ranked by; of a metric that is not known, as of a newer version, all. */
function unrankedOf(rows: readonly TableRow[]): MethodRanking['unranked'] {
  return [...grouped(rows, ({ metric }) => metric)].flatMap(([metric, group]) => {
    const known = metrics.find((one) => one.metric === metric)?.measures;
    return [...new Set(group.flatMap((row) => Object.keys(row.measures)))].flatMap((measure) => {
      const description = known?.find(({ name }) => name === measure);
      const isUnranked = description === undefined || (description.direction === undefined && isResult(description));
      return isUnranked ? [{ metric, measure }] : [];
    });
  });
}
