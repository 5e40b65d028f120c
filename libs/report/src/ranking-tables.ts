import type { DescribeMeasure, MethodRanking, RankAgreement } from '@xaigrid/contracts';
import { formatNumber, placesApart } from './estimate-text.js';
import { wrapped } from './fit-table.js';
import { byMeanRank, columnNames, methodNames } from './ranking-names.js';
import { AGAINST } from './table-columns.js';
import type { TableTexts } from './table-texts.js';

/** `2`, `1.5`, `3.33` */
export function rankText(rank: number | null | undefined): string {
  return rank === null || rank === undefined ? '' : String(Math.round(100 * rank) / 100);
}

/** `0.137 (2)`: every method by every column, for formats that have room. */
export function rankTable(ranking: MethodRanking, describe?: DescribeMeasure): TableTexts {
  const names = methodNames(ranking);
  const { columns, methods } = ranking;
  const titles = columnNames(ranking, describe);
  const isDoubted = columns.some(({ against }) => against !== undefined);
  const number = (title: string) => ({ title, align: 'right' as const });
  const againstMethod = (at: number): string =>
    columns
      .flatMap(({ against }, column) => {
        const codes = against?.[at] ?? [];
        return codes.length === 0 ? [] : [`${titles[column] ?? ''}: ${codes.join(', ')}`];
      })
      .join('; ');
  return {
    columns: [
      { title: 'Method', align: 'left' },
      number('Mean rank'),
      number('Median rank'),
      ...titles.map(number),
      ...(isDoubted ? [{ title: AGAINST, align: 'left' as const }] : []),
    ],
    rows: byMeanRank(ranking).map((at) => [
      names[at] ?? '',
      rankText(methods[at]?.meanRank),
      rankText(methods[at]?.medianRank),
      ...columns.map(({ values, ranks }) => {
        const value = values[at];
        return value === null || value === undefined ? '' : `${formatNumber(value, placesOf(values))} (${rankText(ranks[at])})`;
      }),
      ...(isDoubted ? [againstMethod(at)] : []),
    ]),
  };
}

/** Places at which values of different rank look different. */
export function placesOf(values: readonly (number | null)[]): number {
  return placesApart(
    values.flatMap((value) => value ?? []),
    3,
  );
}

interface AgreementStyle {
  readonly describe?: DescribeMeasure | undefined;
  readonly sections: boolean;
  readonly width?: number | undefined;
}

/** Pairs of columns, one a row; with `sections` the pair stands above its row. */
export function agreementTable(
  ranking: MethodRanking,
  agreements: readonly RankAgreement[],
  { describe, sections, width = Infinity }: AgreementStyle,
): TableTexts {
  const titles = columnNames(ranking, describe);
  const number = (title: string, optional = 0) => ({ title, align: 'right' as const, optional });
  const text = (title: string) => ({ title, align: 'left' as const });
  // Only where there is hardly any room.
  const last = { optional: 0.5, together: 'samples' };
  const rows = agreements.map(({ first, second, methods, overMethods, overSamples }) => [
    ...(sections ? [] : [titles[first] ?? '', titles[second] ?? '']),
    overMethods?.verdict ?? '',
    estimate(overMethods?.tau, overMethods?.interval),
    estimate(overMethods?.rho, overMethods?.rhoInterval),
    String(methods),
    overSamples?.verdict ?? '',
    estimate(overSamples?.tau, overSamples?.interval),
    String(overSamples?.samples ?? 0),
  ]);
  return {
    columns: [
      ...(sections ? [] : [text('Metric'), text('And')]),
      ...[
        text('By means'),
        number('τ'),
        number('ρ', 3),
        number('Methods', 2),
        { ...text('By samples'), ...last },
        { ...number('Mean τ'), ...last },
        number('Samples', 1),
      ],
    ],
    rows,
    ...(sections
      ? { sections: agreements.map(({ first, second }) => pairTitle(titles[first] ?? '', titles[second] ?? '', width)) }
      : {}),
  };
}

type Bounds = { readonly low: number; readonly high: number } | undefined;

function estimate(value: number | undefined, interval: Bounds): string {
  if (value === undefined || interval === undefined) return '';
  const { low, high } = interval;
  // As many as are needed to see on which side of 0 the bounds lie.
  const places = [2, 3, 4].find((count) => [low, high].every((bound) => bound === 0 || Number(bound.toFixed(count)) !== 0)) ?? 4;
  return `${formatNumber(value, places)} [${formatNumber(low, places)}, ${formatNumber(high, places)}]`;
}

/** `Drop rate ↓ and Insertion ↑` */
function pairTitle(first: string, second: string, width: number): string {
  return wrapped(`${first} and ${second}`, width - 2).join('\n  ');
}
