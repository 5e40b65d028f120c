import type { MethodRanking, TableFormat } from '@xaigrid/contracts';
import { rankingNotes } from './ranking-notes.js';
import { agreementPart, rankingParts, type RankingStyle } from './ranking-parts.js';
import { agreementTable, rankTable } from './ranking-tables.js';
import { csvTable, tableLayouts } from './table-layouts.js';

/**
 * Renders rankings. `table`, `markdown` and `latex` are rounded for people; `json` has everything, `csv` the ranks or the
 * agreement in full.
 */
export function formatRankings(rankings: readonly MethodRanking[], format: TableFormat, style: RankingStyle = {}): string {
  const { describe, agreement } = style;
  switch (format) {
    case 'json':
      return `${JSON.stringify(
        rankings.map((ranking) => ({ ...ranking, notes: rankingNotes(ranking, describe) })),
        undefined,
        2,
      )}\n`;
    case 'csv':
      return agreement === true ? agreementsCsv(rankings) : ranksCsv(rankings);
    case 'table':
      return rankings
        .map((ranking) => (agreement === true ? agreementPart(ranking, style) : rankingParts(ranking, style)))
        .join('\n');
    case 'markdown':
    case 'latex':
      return rankings
        .map((ranking) =>
          tableLayouts[format](
            agreement === true
              ? agreementTable(ranking, ranking.agreements, { describe, sections: false })
              : rankTable(ranking, describe),
          ),
        )
        .join('\n');
  }
}

function ranksCsv(rankings: readonly MethodRanking[]): string {
  const header = [
    ...['dataset', 'model', 'method', 'run', 'engine', 'control', 'meanRank', 'medianRank'],
    ...['metric', 'measure', 'direction', 'scoredClass', 'setting', 'value', 'rank', 'samples', 'against'],
  ];
  return csvTable(
    header,
    rankings.flatMap(({ dataset, model, methods, columns }) =>
      methods.flatMap(({ label, runId, engine, control, meanRank, medianRank }, at) =>
        columns.map(({ metric, measure, direction, scoredClass, setting, values, ranks, samples, against }) => [
          ...[dataset, model, label, runId, engine, String(control), meanRank ?? undefined, medianRank ?? undefined],
          ...[metric, measure, direction, scoredClass, JSON.stringify(setting), values[at] ?? undefined, ranks[at] ?? undefined],
          ...[samples?.[at] ?? undefined, against?.[at]?.join(' ')],
        ]),
      ),
    ),
  );
}

function agreementsCsv(rankings: readonly MethodRanking[]): string {
  const column = ['metric', 'measure', 'scoredClass', 'setting'];
  const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
  const header = [
    ...['dataset', 'model', ...column, ...column.map((name) => `other${capital(name)}`), 'methods'],
    ...['tau', 'tauLow', 'tauHigh', 'verdict', 'rho', 'rhoLow', 'rhoHigh'],
    ...['samples', 'sampleTau', 'sampleTauLow', 'sampleTauHigh', 'sampleVerdict'],
  ];
  return csvTable(
    header,
    rankings.flatMap(({ dataset, model, columns, agreements }) =>
      agreements.map(({ first, second, methods, overMethods, overSamples }) => [
        ...[dataset, model],
        ...[columns[first], columns[second]].flatMap((one) => [
          ...[one?.metric, one?.measure, one?.scoredClass, JSON.stringify(one?.setting)],
        ]),
        ...[methods, overMethods?.tau, overMethods?.interval.low, overMethods?.interval.high, overMethods?.verdict],
        ...[overMethods?.rho, overMethods?.rhoInterval.low, overMethods?.rhoInterval.high],
        ...[overSamples?.samples, overSamples?.tau, overSamples?.interval.low, overSamples?.interval.high, overSamples?.verdict],
      ]),
    ),
  );
}
