import { codesOf, type DescribeMeasure, type MethodRanking, type RankAgreement, type RankVerdict } from '@xaigrid/contracts';
import { meaningsOfMarks } from './against-legend.js';
import { formatNumber } from './estimate-text.js';
import { wrapped } from './fit-table.js';
import { byMeanRank, columnNames, letterOf, methodNames } from './ranking-names.js';
import { rankingNotes } from './ranking-notes.js';
import { agreementTable, placesOf, rankText } from './ranking-tables.js';
import { marksOf } from './table-columns.js';
import { tableLayouts, type TextStyle } from './table-layouts.js';

export interface RankingStyle extends TextStyle {
  /** What is known of measures: their titles. */
  readonly describe?: DescribeMeasure;
  /** Every pair of metrics instead of the ranks. */
  readonly agreement?: boolean;
  /** Whether the columns are all measures at all settings. */
  readonly all?: boolean;
}

/** Pairs of metrics that are shown unless all are asked for. */
const MOST_PAIRS = 10;
/** Names of metrics are not wrapped below this. */
const NARROWEST = 40;

/**
 * A ranking on a terminal: the methods by their mean rank, what each metric says of them, which metrics agree, and what is
 * missing.
 */
export function rankingParts(ranking: MethodRanking, style: RankingStyle): string {
  const { width = Infinity, describe } = style;
  const { dataset, model, methods, columns } = ranking;
  const title = `${model} on ${dataset}: ${counted(methods.length, 'method')} ranked by ${counted(columns.length, 'metric')}`;
  return [
    ...wrapped(style.all === true ? title.replace(/metrics?$/, columns.length === 1 ? 'column' : 'columns') : title, width),
    ...(columns.length === 0 ? [] : [methodsTable(ranking, style), ordersText(ranking, style)]),
    ...(ranking.agreements.length === 0 ? [] : [agreementText(ranking, style)]),
    ...rankingNotes(ranking, describe).flatMap((note) => wrapped(note, width)),
    '',
  ].join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function methodsTable(ranking: MethodRanking, style: RankingStyle): string {
  const names = methodNames(ranking);
  const { methods, columns } = ranking;
  const isWhole = methods.every(({ ranked }) => ranked === columns.length);
  const number = (title: string) => ({ title, align: 'right' as const });
  return tableLayouts.table(
    {
      columns: [
        ...[
          { title: '', align: 'left' as const },
          { title: 'Method', align: 'left' as const },
        ],
        ...[number('Mean rank'), number('Median rank'), ...(isWhole ? [] : [number('Ranked by')])],
      ],
      rows: byMeanRank(ranking).map((at, place) => {
        const { meanRank, medianRank, ranked } = methods[at] ?? { meanRank: null, medianRank: null, ranked: 0 };
        const ranks = [rankText(meanRank), rankText(medianRank), ...(isWhole ? [] : [`${ranked} of ${columns.length}`])];
        return [letterOf(place), names[at] ?? '', ...ranks];
      }),
    },
    style,
  );
}

/** What each metric says, the best method first: with values where all lines have room for them, else by letters. */
function ordersText(ranking: MethodRanking, { width = Infinity, describe, all }: RankingStyle): string {
  const titles = columnNames(ranking, describe);
  const longest = Math.max(...titles.map((title) => title.length));
  const head = Math.min(longest, Math.max(NARROWEST, width - 2 * 26));
  const room = width - head - 2;
  const [full, short] = [true, false].map((values) => ranking.columns.map((column) => orderOf(column, ranking, values)));
  const fits = full?.every((line) => line.length <= room) === true;
  const lines = (fits ? full : short) ?? [];
  const several = ranking.columns.some(({ settings }) => settings > 1) && all !== true;
  const legend = [
    '↓ lower is better, ↑ higher is better; the best first, = equal, rounding aside.',
    ...(several ? ['Of several settings, the one at which the methods lie furthest apart.'] : []),
    ...(all === true ? [] : ['Each metric by its headline measure; --all ranks by every measure at every setting.']),
    ...(fits ? [] : ['Values are left out to fit; --format csv has them.']),
  ].join(' ');
  const codes = codesOf(ranking.columns.flatMap(({ against = [] }) => against.flat().map((code) => ({ code }))));
  return [
    ...titles.flatMap((title, at) => {
      const [first = '', ...rest] = wrapped(title, head);
      const [order = '', ...others] = wrapped(lines[at] ?? '', Math.max(room, 10));
      const more = [...Array(Math.max(rest.length, others.length)).keys()].map((line) =>
        `${`  ${rest[line] ?? ''}`.padEnd(head)}  ${others[line] ?? ''}`.trimEnd(),
      );
      return [`${first.padEnd(head)}  ${order}`, ...more];
    }),
    ...wrapped(legend, width),
    ...(codes.length === 0
      ? []
      : [
          ...wrapped('In brackets: what speaks against the scores of a method there. "xaigrid show" says how much.', width),
          ...meaningsOfMarks(codes, width),
        ]),
    '',
  ].join('\n');
}

/** `A 0.137  B(c)=C 0.250`, or `A B(c)=C`; without those that have no rank. */
function orderOf(
  { ranks, values, against }: MethodRanking['columns'][number],
  ranking: MethodRanking,
  withValues: boolean,
): string {
  const letters = new Map(byMeanRank(ranking).map((at, place) => [at, letterOf(place)]));
  const places = [...ranks.keys()].filter((at) => (ranks[at] ?? null) !== null);
  const distinct = [...new Set(places.map((at) => ranks[at] ?? 0))].sort((a, b) => a - b);
  return distinct
    .map((rank) => {
      const equal = places.filter((at) => ranks[at] === rank);
      const names = equal
        .map((at) => {
          const marks = marksOf(against?.[at] ?? []);
          return `${letters.get(at) ?? ''}${marks === '' ? '' : `(${marks})`}`;
        })
        .sort()
        .join('=');
      return withValues ? `${names} ${formatNumber(values[equal[0] ?? 0] ?? NaN, placesOf(values))}` : names;
    })
    .join(withValues ? '  ' : ' ');
}

/** The options that show what has no room. */
const ALL_PAIRS = '--agreement --format csv';

const AGREEMENT_LEGEND =
  'By means: Kendall’s τ of the methods’ means. By samples: the mean of τ over the samples. [95 % bootstrap interval over the samples]: above 0 agree, below 0 contradict, else open.';

/** Every pair of metrics of a ranking on a terminal. */
export function agreementPart(ranking: MethodRanking, style: RankingStyle): string {
  const { describe, width = Infinity } = style;
  const { dataset, model, agreements } = ranking;
  const table = agreementTable(ranking, agreements, { describe, width, sections: true });
  return [
    ...wrapped(`${model} on ${dataset}`, width),
    ...(agreements.length === 0 ? [] : [tableLayouts.table(table, { ...style, elsewhere: ALL_PAIRS }).trimEnd()]),
    ...[...(agreements.length === 0 ? [] : [AGREEMENT_LEGEND]), ...rankingNotes(ranking, describe)].flatMap((note) =>
      wrapped(note, width),
    ),
    '',
  ].join('\n');
}

const verdictOrder: readonly RankVerdict[] = ['contradict', 'open', 'agree'];

/** How many pairs of metrics agree, and the pairs: all of few, of many those that contradict each other. */
function agreementText(ranking: MethodRanking, style: RankingStyle): string {
  const { width = Infinity, describe, all } = style;
  const { agreements } = ranking;
  const known = agreements.filter(({ overMethods, overSamples }) => (overMethods ?? overSamples) !== undefined);
  const contradict = known.filter((pair) => [pair.overMethods, pair.overSamples].some((over) => over?.verdict === 'contradict'));
  const shown = (known.length <= MOST_PAIRS ? known : contradict.slice().sort(byTau).slice(0, MOST_PAIRS)).slice().sort(byTau);
  const left = known.length - shown.length;
  return [
    ...wrapped(
      `Agreement of ${counted(known.length, 'pair')} of ${all === true ? 'columns' : 'metrics'}. ${verdictCounts(known)}`,
      width,
    ),
    ...(shown.length === 0
      ? []
      : [
          tableLayouts
            .table(agreementTable(ranking, shown, { describe, width, sections: true }), { ...style, elsewhere: ALL_PAIRS })
            .trimEnd(),
        ]),
    ...wrapped(AGREEMENT_LEGEND + (left > 0 ? ` ${counted(left, 'more pair')}: --agreement.` : ''), width),
  ].join('\n');
}

function byTau(a: RankAgreement, b: RankAgreement): number {
  const placeOf = ({ overMethods }: RankAgreement): number => verdictOrder.indexOf(overMethods?.verdict ?? 'open');
  return placeOf(a) - placeOf(b) || (a.overMethods?.tau ?? 0) - (b.overMethods?.tau ?? 0);
}

/** `By means 3 agree, 1 contradicts, 2 are open; by samples 6 agree.` */
function verdictCounts(pairs: readonly RankAgreement[]): string {
  const words: Readonly<Record<RankVerdict, readonly [one: string, more: string]>> = {
    agree: ['agrees', 'agree'],
    contradict: ['contradicts', 'contradict'],
    open: ['is open', 'are open'],
  };
  const countsOf = (of: (pair: RankAgreement) => RankVerdict | undefined): string =>
    [...verdictOrder]
      .reverse()
      .flatMap((verdict) => {
        const count = pairs.filter((pair) => of(pair) === verdict).length;
        return count === 0 ? [] : [`${count} ${words[verdict][count === 1 ? 0 : 1]}`];
      })
      .join(', ') || 'none is known';
  return `By means ${countsOf((pair) => pair.overMethods?.verdict)}; by samples ${countsOf((pair) => pair.overSamples?.verdict)}.`;
}
