import type { TableTexts } from './table-texts.js';

/** A table that fits the width, and what was done to make it fit. */
export interface FittedTable {
  readonly table: TableTexts;
  /** Lines below the table; none if it fits unchanged. */
  readonly notes: readonly string[];
}

/** Between two columns. */
const GAP = 2;
/** Texts are not shortened to less than this. */
const SHORTEST = 10;

/**
 * Makes a table fit a terminal, and says how. First, values that are the same in all rows are printed once below. Then intervals
 * go, then columns in the order of their `optional` (those that belong together at once). At last, long texts lose their middle.
 * Numbers are never cut.
 * @param elsewhere the option of the command that shows everything
 */
export function fitTable(whole: TableTexts, width: number, elsewhere = '--format csv'): FittedTable {
  const notes: string[] = [];
  let table = whole;
  if (widthOf(table) > width && table.rows.length > 0) {
    const single = table.rows.length === 1;
    // With one row everything is the same, so numbers stay in the table.
    const isSame = (at: number): boolean => new Set(table.rows.map((row) => row[at])).size === 1;
    const same = table.columns.map(({ align }, at) => withThose(table, at).every(isSame) && (!single || align === 'left'));
    const said = table.columns.flatMap(({ title }, at) => {
      const value = table.rows[0]?.[at] ?? '';
      return same[at] === true && value !== '' ? [`${title} ${value}`] : [];
    });
    table = pick(table, (at) => same[at] !== true);
    if (said.length > 0) notes.push(`In ${single ? 'this row' : 'all rows'}: ${said.join(', ')}.`);
  }
  const left: string[] = [];
  if (widthOf(table) > width && table.shortRows !== undefined) {
    table = { ...table, rows: table.shortRows };
    left.push('95 % intervals');
  }
  while (widthOf(table) > width) {
    const ranks = table.columns.map(({ optional = 0 }) => optional);
    const most = Math.max(...ranks);
    if (most <= 0) break;
    const at = ranks.indexOf(most);
    const gone = withThose(table, at);
    left.push(...gone.map((column) => `column "${table.columns[column]?.title ?? ''}"`));
    table = pick(table, (column) => !gone.includes(column));
  }
  if (left.length > 0) notes.push(`Left out to fit ${width} columns: ${left.join(', ')}. ${elsewhere} has all.`);
  const shortened = shorten(table, width);
  if (shortened !== table) notes.push('Long names are shortened (…).');
  return { table: shortened, notes: notes.flatMap((note) => wrapped(note, width)) };
}

/** The column and those that belong together with it. */
function withThose({ columns }: TableTexts, at: number): number[] {
  const together = columns[at]?.together;
  return together === undefined ? [at] : columns.flatMap((column, other) => (column.together === together ? [other] : []));
}

function widthsOf({ columns, rows }: TableTexts): number[] {
  return columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
}

function widthOf(table: TableTexts): number {
  const widths = widthsOf(table);
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

function pick(table: TableTexts, keep: (column: number) => boolean): TableTexts {
  const kept = table.columns.map((_, at) => at).filter(keep);
  const of = <Value>(values: readonly Value[]): Value[] => kept.flatMap((at) => values.slice(at, at + 1));
  const { block = 0, shortRows, best, sections } = table;
  return {
    ...(sections === undefined ? {} : { sections }),
    columns: of(table.columns),
    rows: table.rows.map(of),
    block: kept.filter((at) => at < block).length,
    ...(shortRows === undefined ? {} : { shortRows: shortRows.map(of) }),
    ...(best === undefined ? {} : { best: best.map(of) }),
  };
}

/** Removes characters from the widest texts, as many as are needed and possible. */
function shorten(table: TableTexts, width: number): TableTexts {
  const widths = widthsOf(table);
  let over = widthOf(table) - width;
  if (over <= 0) return table;
  const limits = [...widths];
  while (over > 0) {
    const texts = table.columns.map(({ align }, at) => (align === 'left' ? (limits[at] ?? 0) : 0));
    const widest = Math.max(...texts);
    if (widest <= SHORTEST) break;
    limits[texts.indexOf(widest)] = widest - 1;
    over -= 1;
  }
  const cut = (text: string, at: number): string => shortText(text, limits[at] ?? text.length);
  return {
    ...table,
    columns: table.columns.map((column, at) => ({ ...column, title: cut(column.title, at) })),
    rows: table.rows.map((row) => row.map(cut)),
  };
}

/** `sise gradi…ld=0.25`. Names of a sweep differ at their end. */
export function shortText(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = Math.floor((length - 1) / 2);
  return `${text.slice(0, length - 1 - end)}…${text.slice(text.length - end)}`;
}

/** Lines of whole words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
