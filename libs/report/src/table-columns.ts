import {
  codesOf,
  isWarning,
  plainText,
  reasonsAgainst,
  type DescribeMeasure,
  type MeasureDescription,
  type ReasonCode,
  type TableRow,
} from '@xaigrid/contracts';
import { comparableGroups } from './best-rows.js';
import { measureOf } from './descriptions.js';
import { estimatePlaces, formatEstimate, formatNumber, placesApart } from './estimate-text.js';

/** One column of a results table. */
export interface TableColumn {
  readonly key: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** For people: rounded, with its interval. */
  readonly text: (row: TableRow) => string;
  /** The same without the interval, where it has one. */
  readonly shortText?: (row: TableRow) => string;
  /** The column may be left out on a narrow terminal. The highest goes first. */
  readonly optional?: number;
}

/**
 * The order in which columns are left out if there is no room, the highest first: facts about the rows go first, and what
 * distinguishes rows goes last.
 */
const optionalRanks: Readonly<Record<string, number>> = {
  ...{ degenerate: 6, sumMissed: 5, undecided: 5, samples: 4, engine: 3, scoredClass: 2, explainedClass: 1 },
};
/** A column with a warning is left out last. */
const LAST = 0.5;

/** The rank of a measure; undefined for one that methods are ranked by. */
function optionalRank({ role, aggregate, direction }: MeasureDescription): number | undefined {
  if (direction !== undefined) return undefined;
  if (role === 'reference') return 9;
  if (role === 'check') return aggregate === 'count' ? 7 : 5;
  return 10;
}

/** `0.3`, `> 0`, `baseline mean`, `positive values`: a setting in a few words. */
export function formatSetting(setting: Readonly<Record<string, unknown>>): string {
  return Object.entries(setting)
    .filter(([key, value]) => !(key === 'baseline' && value === 'zero'))
    .sort(([a], [b]) => partOrder(a) - partOrder(b))
    .map(([key, value]) => {
      const text = plainText(value);
      if (key === 'keepFraction') return text;
      if (key === 'keepThreshold') return `> ${text}`;
      if (key === 'values') return `${text} values`;
      if (key === 'definition') return `as ${text}`;
      return `${key} ${text}`;
    })
    .join(', ');
}

/** The order of the parts of a setting: first what is kept, then the definition of keeping. */
function partOrder(key: string): number {
  return key.startsWith('keep') ? 0 : key === 'definition' ? 1 : 2;
}

/** `keep 0.3, baseline mean`: a setting outside of a table column; empty for a setting without parts. */
export function settingInWords(setting: Readonly<Record<string, unknown>>): string {
  const text = [formatSetting(setting), ...(setting.baseline === 'zero' ? ['baseline zero'] : [])].filter(Boolean).join(', ');
  return 'keepFraction' in setting || 'keepThreshold' in setting ? `keep ${text}` : text;
}

/** `12, up to 41 %`: how many maps do not add up, and the largest error as a share of the explained change. */
function formatSumMissed({ sumMissed }: TableRow): string {
  return sumMissed === undefined ? '0' : `${sumMissed.samples}, up to ${formatShare(sumMissed.largest)}`;
}

/** `41 %`, `1.3 %` */
export function formatShare(share: number): string {
  const percent = 100 * share;
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** How the column is headed that says what speaks against a row. */
export const AGAINST = 'Against';

/** `dr`: the marks of what speaks against a row, of which the legend says what they mean. */
function againstByMark({ against = [] }: TableRow): string {
  return marksOf(codesOf(against));
}

/** `dr` */
export function marksOf(codes: readonly ReasonCode[]): string {
  return codes.map((code) => reasonsAgainst[code].mark).join('');
}

/** `degenerate, ties`: the same by code, where no legend follows. */
function againstByCode({ against = [] }: TableRow): string {
  return codesOf(against).join(', ');
}

/** What speaks against a row, in full; empty where nothing does. */
export function againstInWords({ against = [] }: TableRow): string {
  return against.map(({ code, text }) => `${code}: ${text}`).join('; ');
}

/** `random (control)`: what a row is called wherever methods are shown. */
export function labelOf({ label, method }: Pick<TableRow, 'label' | 'method'>, controls: ReadonlySet<string>): string {
  return controls.has(method) ? `${label} (control)` : label;
}

/** The setting with the divisor, which distinguishes two rows of the same scores. */
function withDivisor({ setting, divisor }: TableRow): TableRow['setting'] {
  return divisor === undefined ? setting : { ...setting, divisor };
}

/**
 * A measure of a row, with its interval unless `interval` is false. At least four decimal places, or `places`, and as many as the
 * interval needs. With `fixed`, always four.
 */
export function formatMeasure(
  row: TableRow,
  name: string,
  options: { readonly interval?: boolean; readonly fixed?: boolean | undefined; readonly places?: number } = {},
): string {
  const measure = row.measures[name];
  if (measure === undefined) return '';
  const places = options.fixed === true ? undefined : Math.max(options.places ?? 0, estimatePlaces(measure));
  return options.interval === false ? formatNumber(measure.value, places) : formatEstimate(measure, places);
}

/** Decimal places at which different values of comparable rows look different. */
export function placesOf(rows: readonly TableRow[], name: string): number {
  const groups = comparableGroups(rows).map((group) => group.map((row) => row.measures[name]?.value ?? NaN));
  return groups.reduce((places, values) => placesApart(values, places), 4);
}

/**
 * The columns that tell these rows, of one metric, apart and what was measured. Columns that would say the same in every row and
 * are not part of the report's Table 2 (run, engine, explained and scored class) appear only where rows differ in them.
 * @param options.fixed four places in every number, as for tables that are copied into papers and compared with others
 * @param options.controls methods that are marked as controls
 */
export function tableColumns(
  rows: readonly TableRow[],
  {
    describe,
    fixed,
    controls = new Set(),
  }: {
    readonly describe?: DescribeMeasure | undefined;
    readonly fixed?: boolean;
    readonly controls?: ReadonlySet<string> | undefined;
  } = {},
): TableColumn[] {
  const differs = (of: (row: TableRow) => string): boolean => new Set(rows.map(of)).size > 1;
  const text = (key: string, title: string, of: (row: TableRow) => string): TableColumn => ({
    key,
    title,
    align: 'left',
    text: of,
  });
  const count = (key: string, title: string, of: (row: TableRow) => number): TableColumn => ({
    key,
    title,
    align: 'right',
    // Of a row without scores nothing is known.
    text: (row) => (Number.isNaN(of(row)) ? '' : String(of(row))),
  });
  const optional = [
    text('run', 'Run', (row) => `${row.runId} ${row.runName}`),
    text('engine', 'Engine', (row) => row.engine),
    text('explainedClass', 'Explained class', (row) => row.explainedClass),
    text('scoredClass', 'Scored class', (row) => row.scoredClass),
  ].filter((column) => differs(column.text));
  const [{ metric } = { metric: '' }] = rows;
  const measures = [...new Set(rows.flatMap((row) => Object.keys(row.measures)))]
    .map((name) => measureOf(describe, metric, name))
    .filter(({ role }) => role !== 'detail');
  const keeps = rows.some(({ setting }) => 'keepFraction' in setting || 'keepThreshold' in setting);
  const columns: TableColumn[] = [
    ...optional.filter(({ key }) => key === 'run'),
    text('dataset', 'Dataset', (row) => row.dataset),
    text('model', 'Model', (row) => row.model),
    text('method', 'Method', (row) => labelOf(row, controls)),
    ...optional.filter(({ key }) => key !== 'run'),
    text('setting', keeps ? 'Keep' : 'Setting', (row) => formatSetting(withDivisor(row))),
    {
      key: 'samples',
      title: 'Samples',
      align: 'right',
      text: (row) => (row.samples === row.planned ? String(row.samples) : `${row.samples} of ${row.planned}`),
    },
    ...measures.map(({ name, title, aggregate }): TableColumn => {
      if (aggregate === 'count') return count(name, title, (row) => row.measures[name]?.value ?? NaN);
      const style = fixed === true ? { fixed } : { places: placesOf(rows, name) };
      return {
        ...{ key: name, title, align: 'right' },
        text: (row) => formatMeasure(row, name, style),
        shortText: (row) => formatMeasure(row, name, { ...style, interval: false }),
      };
    }),
    count('degenerate', 'Degenerate', (row) => row.degenerate),
    ...(rows.some(({ sumMissed }) => sumMissed !== undefined)
      ? [
          {
            ...{ key: 'sumMissed', title: 'Sum off', align: 'right' as const, text: formatSumMissed },
            shortText: ({ sumMissed }: TableRow) => String(sumMissed?.samples ?? 0),
          },
        ]
      : []),
    ...(rows.some(({ undecided }) => undecided !== undefined)
      ? [count('undecided', 'Undecided', (row) => row.undecided ?? 0)]
      : []),
    ...(rows.some(({ against = [] }) => against.length > 0)
      ? [text('against', AGAINST, fixed === true ? againstByCode : againstByMark)]
      : []),
  ];
  return columns.map((column) => {
    const rank = warns(column.key) ? LAST : rankOf(column.key);
    return rank === undefined ? column : { ...column, optional: rank };
  });

  function rankOf(key: string): number | undefined {
    const measure = measures.find(({ name }) => name === key);
    return measure === undefined ? optionalRanks[key] : optionalRank(measure);
  }

  function warns(key: string): boolean {
    const measure = measures.find(({ name }) => name === key);
    return rows.some((row) => {
      if (key === 'degenerate') return row.degenerate > 0;
      if (key === 'sumMissed') return row.sumMissed !== undefined;
      if (key === 'undecided') return row.undecided !== undefined;
      return measure !== undefined && isWarning(measure, row.measures[key]?.value ?? 0, row.samples);
    });
  }
}
