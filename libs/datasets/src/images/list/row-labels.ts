import { didYouMean } from '@xaigrid/contracts';
import { listed, sortedByCodePoints } from '../../files/labels.js';
import { tableProblem } from '../../tables/table.js';

/** The label of one row, as text. */
export interface RowLabel {
  readonly text: string;
  /** Where it is, in messages: `set.csv, line 3`. */
  readonly place: string;
}

export interface RowLabels {
  readonly classNames: readonly string[];
  readonly labels: readonly number[];
  /** In which order classes were numbered, where nothing says it. */
  readonly note?: string;
}

/**
 * The classes of rows. If all labels are whole numbers, those are the classes; otherwise labels are names.
 * @param known the names of the classes in order, if they are known
 * @throws DATASET_UNREADABLE for a row without a label, or with one that is not among `known`
 */
export function labelsOfRows(rows: readonly RowLabel[], known: readonly string[] | undefined, column: string): RowLabels {
  const empty = rows.find(({ text }) => text === '');
  if (empty !== undefined) throw tableProblem(`${empty.place} has no label in column "${column}". Fill it in, or remove the row`);
  if (rows.every(({ text }) => /^\d{1,6}(\.0*)?$/.test(text)) && known?.some((name) => rows[0]?.text === name) !== true)
    return numbersOf(rows, known);
  const names = known ?? sortedByCodePoints(new Set(rows.map(({ text }) => text)));
  const numbers = new Map(names.map((name, number) => [name, number]));
  const labels = rows.map(({ text, place }) => {
    const number = numbers.get(text);
    if (number !== undefined) return number;
    const more = didYouMean(text, names) || ` classNames: ${listed(names)}.`;
    throw tableProblem(`${place} has the label "${text}", which is not among the names of the classes`, { more });
  });
  if (known !== undefined) return { classNames: names, labels };
  const order = listed(names.map((name, number) => `${number} = ${name}`));
  const note = `Column "${column}" has names as labels; classes are numbered in the order of the names: ${order}. Set classNames if the model has another order.`;
  return { classNames: names, labels, note };
}

function numbersOf(rows: readonly RowLabel[], known: readonly string[] | undefined): RowLabels {
  const labels = rows.map(({ text }) => Number(text));
  const classNames =
    known ?? Array.from({ length: 1 + labels.reduce((most, label) => Math.max(most, label), 0) }, (_, at) => String(at));
  const nameless = rows.find((_, at) => (labels[at] ?? 0) >= classNames.length);
  if (nameless !== undefined)
    throw tableProblem(
      `${nameless.place} has label ${nameless.text}, a class without a name: classNames has ${classNames.length} names, for 0 … ${classNames.length - 1}`,
    );
  return { classNames, labels };
}
