import { codesOf, reasonsAgainst, type ReasonCode, type TableRow } from '@xaigrid/contracts';
import { wrapped } from './fit-table.js';
import { AGAINST } from './table-columns.js';
import type { TextStyle } from './table-layouts.js';

/** What the marks in the column of a table mean, a line each; empty where nothing speaks against any row. */
export function formatAgainst(rows: readonly TableRow[], { width = Infinity }: TextStyle): string {
  const codes = codesOf(rows.flatMap(({ against = [] }) => against));
  if (codes.length === 0) return '';
  return [
    ...wrapped(`${AGAINST}: what speaks against a row. --format json says how much.`, width),
    ...meaningsOfMarks(codes, width),
    '',
  ].join('\n');
}

/** A line for each mark. */
export function meaningsOfMarks(codes: readonly ReasonCode[], width: number): string[] {
  return codes.flatMap((code) => {
    const { mark, meaning } = reasonsAgainst[code];
    return wrapped(meaning, width - 5).map((line, at) => `${at === 0 ? `  ${mark}  ` : '     '}${line}`);
  });
}
