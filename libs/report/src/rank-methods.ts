import { canonicalJson, type DescribeMeasure, type TableRow } from '@xaigrid/contracts';
import { groupsOf } from './groups.js';

interface RankedMethod {
  readonly name: string;
  /** The mean over the settings. */
  readonly value: number;
}

/** The methods of one model on one data set by one measure, the best first; of equals in the order of the run. */
export interface Ranking {
  readonly dataset: string;
  readonly model: string;
  /** What tells it from other rankings of the same model and data set: an engine, a scored class. */
  readonly aside: string;
  readonly measure: string;
  readonly direction: 'higher' | 'lower';
  /** Those that all the methods have. */
  readonly settings: readonly TableRow['setting'][];
  readonly methods: readonly RankedMethod[];
  /** Scored samples: of the method with the fewest, and with the most. */
  readonly samples: readonly [fewest: number, most: number];
  /** Methods that are left out, since they have no score yet. */
  readonly unscored: readonly string[];
}

/** One ranking for each model, data set and measure that has a better and a worse, in the order of the rows; two methods at least. */
export function rankMethods(rows: readonly TableRow[], describe: DescribeMeasure): Ranking[] {
  const runs = new Set(rows.map(({ runId }) => runId)).size;
  const engines = new Set(rows.map(({ engine }) => engine)).size;
  const classes = new Set(rows.map(({ scoredClass }) => scoredClass)).size;
  const groups = groupsOf(undivided(rows), ({ dataset, model, engine, metric, scoredClass }) =>
    JSON.stringify([dataset, model, engine, metric, scoredClass]),
  );
  return groups.flatMap(([, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const aside = [...(engines > 1 ? [first.engine] : []), ...(classes > 1 ? [`scored class ${first.scoredClass}`] : [])].join(
      ', ',
    );
    const methods = groupsOf(group, ({ runId, evaluation }) => `${runId} ${evaluation}`).map(([, own]) => ({
      name: own[0] === undefined ? '' : runs > 1 ? `${own[0].label} (${own[0].runId})` : own[0].label,
      rows: own.filter(({ samples }) => samples > 0),
    }));
    const scored = methods.filter((method) => method.rows.length > 0);
    const unscored = methods.filter((method) => method.rows.length === 0).map(({ name }) => name);
    const settings = commonSettings(scored.map((method) => method.rows));
    if (scored.length < 2 || settings.length === 0) return [];
    const counts = scored.flatMap((method) => method.rows.map(({ samples }) => samples));
    const measures = [...new Set(group.flatMap((row) => Object.keys(row.measures)))];
    return measures.flatMap((measure): Ranking[] => {
      const direction = describe(first.metric, measure)?.direction;
      if (direction === undefined) return [];
      const { dataset, model } = first;
      return [
        {
          ...{ dataset, model, aside, measure, direction, settings, unscored },
          samples: [Math.min(...counts), Math.max(...counts)],
          methods: scored
            .map((method) => ({ name: method.name, value: meanOver(method.rows, settings, measure) }))
            .sort((a, b) => order(a.value, b.value, direction)),
        },
      ];
    });
  });
}

/** Divided sums are no rates of samples: they count where a run has nothing else. */
function undivided(rows: readonly TableRow[]): readonly TableRow[] {
  const left = rows.filter(({ divisor }) => divisor === undefined);
  return left.length > 0 ? left : rows;
}

function commonSettings(methods: readonly (readonly TableRow[])[]): TableRow['setting'][] {
  const [first = [], ...others] = methods;
  const known = others.map((rows) => new Set(rows.map(({ setting }) => canonicalJson(setting))));
  return first.map(({ setting }) => setting).filter((setting) => known.every((keys) => keys.has(canonicalJson(setting))));
}

function meanOver(rows: readonly TableRow[], settings: readonly TableRow['setting'][], measure: string): number {
  const wanted = new Set(settings.map((setting) => canonicalJson(setting)));
  const values = rows
    .filter(({ setting }) => wanted.has(canonicalJson(setting)))
    .map((row) => row.measures[measure]?.value ?? NaN);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What is no number comes last. */
function order(a: number, b: number, direction: Ranking['direction']): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return direction === 'lower' ? a - b : b - a;
}
