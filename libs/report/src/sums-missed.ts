import type { TableRow } from '@xaigrid/contracts';
import { wrapped } from './fit-table.js';
import { groupsOf } from './groups.js';
import { formatShare } from './table-columns.js';
import type { TextStyle } from './table-layouts.js';

/** What a user can set to make maps add up, by method. Other methods have nothing to set. */
export type SumRemedies = ReadonlyMap<string, string>;

/** Lines that are shown; more are counted. */
const MOST_LINES = 5;

/** `integrated-gradients: 20 of 24 maps, at most by 101 %; raise steps`, one an evaluation whose maps do not add up. */
export function sumsMissed(rows: readonly TableRow[], remedies: SumRemedies): string[] {
  return groupsOf(rows, ({ label }) => label).flatMap(([label, group]) => {
    const found = group.find(({ sumMissed }) => sumMissed !== undefined);
    if (found?.sumMissed === undefined) return [];
    const remedy = remedies.get(found.method);
    const { samples, largest } = found.sumMissed;
    return [
      `${label}: ${samples} of ${found.planned} maps, at most by ${formatShare(largest)}${remedy === undefined ? '' : `; ${remedy}`}`,
    ];
  });
}

/** The same as lines of text, for which a table has no room; empty if all maps add up. */
export function formatSumsMissed(
  rows: readonly TableRow[],
  { width = Infinity, sumRemedies }: TextStyle & { readonly sumRemedies: SumRemedies },
): string {
  const pairs = groupsOf(rows, ({ model, dataset }) => `${model} on ${dataset}`);
  const lines = pairs.flatMap(([pair, group]) =>
    sumsMissed(group, sumRemedies).map((line) => (pairs.length > 1 ? `${pair}, ${line}` : line)),
  );
  if (lines.length === 0) return '';
  const left = lines.length - MOST_LINES;
  return [
    ...wrapped('Sum off: some maps do not add up to the change of the output that they explain.', width),
    ...lines
      .slice(0, MOST_LINES)
      .flatMap((line) => wrapped(`${line}.`, width - 2))
      .map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
    '',
  ].join('\n');
}
