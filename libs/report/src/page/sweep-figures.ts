import { canonicalJson, type TableRow } from '@xaigrid/contracts';
import { directionInWords, resultMeasures } from '../descriptions.js';
import type { Figure } from '../figures/figure.js';
import { keepCurves } from '../figures/keep-curves.js';
import { keepMultiples } from '../figures/keep-multiples.js';
import { settingPoints } from '../figures/setting-points.js';
import { fileName } from '../figures/file-name.js';
import { groupsOf } from '../groups.js';
import { rankedTitle, scoredClassInWords } from '../ranking.js';
import { formatSetting, settingInWords } from '../table-columns.js';
import type { RankingPart } from './page-data.js';

/** The largest number of methods that one plot can distinguish. More are drawn in a small plot each. */
const MOST_IN_ONE = 6;

/** Figures of one metric that the settings of a subject may give; a run may have thousands of settings. */
const MOST_FIGURES = 12;

type Shown = Pick<RankingPart, 'ranking' | 'chosen'>;

/** The rows of the figures of a subject. */
export interface SubjectRows {
  /** `cnn on mnist1d` */
  readonly title: string;
  readonly rows: readonly TableRow[];
}

/**
 * Every result of a metric against the varied parts of its settings: a figure for each combination of the other parts (baseline,
 * …).
 */
export async function sweepFigures({ title, rows }: SubjectRows, { ranking, chosen }: Shown): Promise<Figure[]> {
  const { metric, scoredClass } = ranking;
  const about = rankedTitle(title, ranking);
  const own = rows.filter((row) => row.metric === metric.metric && row.scoredClass === scoredClass);
  const swept = (metric.sweeps ?? []).flatMap(({ key, title: axis }) =>
    own.flatMap((row) => {
      const keep = row.setting[key];
      if (typeof keep !== 'number') return [];
      const rest = Object.fromEntries(Object.entries(row.setting).filter(([name]) => name !== key));
      // Divided rates are not rates of samples, so they get a figure of their own.
      const { divisor } = row;
      return [{ row, key, axis, keep, rest: formatSetting(divisor === undefined ? rest : { ...rest, divisor }) }];
    }),
  );
  const groups = groupsOf(swept, ({ key, rest }) => canonicalJson([key, rest])).filter(
    ([, group]) => new Set(group.map(({ keep }) => keep)).size > 1,
  );
  const figures: Figure[] = [];
  for (const [, group] of groups.slice(0, MOST_FIGURES)) {
    const [first] = group;
    if (first === undefined) continue;
    const { axis, rest } = first;
    const inOrder = chosen.shown.flatMap(({ row }) => {
      const points = group.filter((point) => point.row.runId === row.runId && point.row.label === row.label);
      return points.length === 0 ? [] : [{ name: row.label, points: points.toSorted((a, b) => a.keep - b.keep) }];
    });
    const measures = resultMeasures(
      metric,
      group.map(({ row }) => row),
    ).map((measure) => ({
      ...{ key: measure.name, title: measure.title, direction: directionInWords(measure) },
    }));
    const where = `${about}${rest === '' ? '' : `, ${rest}`}`;
    if (inOrder.length <= MOST_IN_ONE) {
      const methods = inOrder.map(({ name, points }) => ({
        name,
        points: points.map(({ keep, row }) => ({ keep, values: row.measures })),
      }));
      const heading = `${where}: ${measures.map((measure) => measure.title.toLowerCase()).join(' and ')} against ${axis.toLowerCase()}`;
      const figure = await keepCurves({ axis, measures, methods }, heading);
      figures.push({ ...figure, name: fileName(`${figure.name} ${scoredClassInWords(ranking)} ${rest}`) });
      continue;
    }
    for (const { key, title: measure, direction } of measures) {
      const methods = inOrder.map(({ name, points }) => ({
        name,
        points: points.flatMap(({ keep, row }) => {
          const found = row.measures[key];
          return found === undefined || !Number.isFinite(found.value) ? [] : [{ keep, ...found }];
        }),
      }));
      const heading = `${where}: ${measure.toLowerCase()} against ${axis.toLowerCase()}`;
      const figure = await keepMultiples({ axis, measure, direction, methods }, heading);
      figures.push({ ...figure, name: fileName(`${figure.name} ${key} ${scoredClassInWords(ranking)} ${rest}`) });
    }
  }
  return figures;
}

/**
 * The headline measure for each combination of the other parts of the setting (baseline, …), at the value where methods are
 * compared.
 */
export async function settingFigures({ title, rows }: SubjectRows, { ranking, chosen }: Shown): Promise<Figure[]> {
  const { metric, measure, scoredClass, setting } = ranking;
  const sweeps = new Set((metric.sweeps ?? []).map(({ key }) => key));
  const part = (row: TableRow, isSwept: boolean) =>
    Object.fromEntries(Object.entries(row.setting).filter(([key]) => sweeps.has(key) === isSwept));
  const compared = Object.fromEntries(Object.entries(setting).filter(([key]) => sweeps.has(key)));
  const own = rows.filter(
    (row) =>
      row.metric === metric.metric &&
      row.scoredClass === scoredClass &&
      row.divisor === undefined &&
      canonicalJson(part(row, true)) === canonicalJson(compared),
  );
  const variants = groupsOf(own, (row) => canonicalJson(part(row, false)));
  if (variants.length < 2) return [];
  const data = {
    ...{ measure: measure.title, direction: directionInWords(measure), setting: settingInWords(compared) },
    variants: variants.map(([, [row]]) => settingInWords(row === undefined ? {} : part(row, false))),
    methods: chosen.shown.map(({ row }) => ({
      name: row.label,
      values: variants.map(([, group]) => {
        const same = group.find((other) => other.runId === row.runId && other.label === row.label);
        return same?.measures[measure.name];
      }),
    })),
  };
  const figure = await settingPoints(data, `${rankedTitle(title, ranking)}: ${measure.title.toLowerCase()} under each setting`);
  return [{ ...figure, name: fileName(`${metric.metric} ${figure.name} ${scoredClassInWords(ranking)}`) }];
}
