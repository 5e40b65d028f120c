import { didYouMean, XaigridError, type LabelSet } from '@xaigrid/contracts';
import { float64Of, int32Of, isTextArray, sizeOf, type NumpyArray, type TextArray } from '@xaigrid/tensor';

/** More classes than any classifier has. A larger number is not a label. */
const MAX_CLASSES = 100_000;

export interface Labels {
  /** −1 if samples have sets of labels. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly labelSets?: readonly LabelSet[];
  readonly classNames: readonly string[];
  /** What was chosen where the file leaves a choice, one sentence. */
  readonly note?: string;
}

interface LabelOptions {
  /** The name of the file (and array) in messages. */
  readonly name: string;
  /**
   * The names of the classes. Default: their numbers, one per column or up to the largest label; for text, the distinct labels,
   * sorted.
   */
  readonly classNames?: readonly string[] | undefined;
  /** Whether rows are sets of labels. Default: only if one of them is not one-hot. */
  readonly multiLabel?: boolean | undefined;
}

/**
 * Reads labels: from whole numbers, `[n]` or `[n, 1]`; from one-hot rows, `[n, classes]`; from multi-hot rows, which are sets of
 * labels; or from text, `[n]` or `[n, 1]`.
 *
 * @throws DATASET_UNREADABLE for other shapes, rows with numbers other than 0 and 1, and labels that are negative or have no
 * name.
 */
export function labelsOf(array: NumpyArray | TextArray, options: LabelOptions): Labels {
  const [rows = 0, columns = 1] = array.shape;
  if (array.shape.length === 0 || array.shape.length > 2) {
    throw broken(
      options.name,
      `has shape [${array.shape.join(', ')}]; labels are [n] whole numbers or names, or [n, classes] one-hot or multi-hot rows`,
    );
  }
  const oneEach = sizeOf(array.shape) === rows && columns === 1;
  if (oneEach && options.multiLabel === true)
    throw broken(options.name, 'has one label per sample; multiLabel: true needs multi-hot rows, [n, classes]');
  if (isTextArray(array)) {
    if (!oneEach)
      throw broken(options.name, `has shape [${array.shape.join(', ')}] of text; names as labels are [n], one per sample`);
    return namedLabels(array.values, options);
  }
  return oneEach ? wholeNumbers(int32Of(array, options).data, options) : rowLabels(array, options);
}

function wholeNumbers(labels: Int32Array<ArrayBuffer>, options: LabelOptions): Labels {
  const named = options.classNames?.length ?? MAX_CLASSES;
  let classes = 1;
  for (const [sample, label] of labels.entries()) {
    if (label < 0 || label >= named)
      throw broken(options.name, `has label ${label} at sample ${sample}; labels are 0 … ${named - 1}`);
    if (label >= classes) classes = label + 1;
  }
  return { labels, classNames: options.classNames ?? numbered(classes) };
}

const numbered = (classes: number) => Array.from({ length: classes }, (_, index) => String(index));

/** Labels from one-hot rows, or sets of labels from multi-hot ones. */
function rowLabels(array: NumpyArray, options: LabelOptions): Labels {
  const sets = rowSets(array, options);
  const several = sets.findIndex((set) => set.length !== 1);
  if (several >= 0 && options.multiLabel === false)
    throw broken(options.name, `has a row that is not one-hot at sample ${several}`);
  const classNames = options.classNames ?? numbered(array.shape[1] ?? 0);
  const labelSets = options.multiLabel ?? several >= 0;
  const labels = Int32Array.from(sets, (set) => (labelSets ? -1 : (set[0] ?? -1)));
  return labelSets ? { labels, labelSets: sets, classNames } : { labels, classNames };
}

/**
 * Labels from names. Without `classNames`, classes are numbered in the order of their names by code points, as in `numpy.unique`
 * and scikit-learn's `LabelEncoder`. The note says so, because a model may number them otherwise.
 */
function namedLabels(values: readonly string[], { name, classNames }: LabelOptions): Labels {
  const names = classNames ?? sortedByCodePoints(new Set(values));
  if (names.length > MAX_CLASSES) throw broken(name, `has ${names.length} different labels; at most ${MAX_CLASSES} are classes`);
  const numbers = new Map(names.map((text, index) => [text, index]));
  const labels = Int32Array.from(values, (text, sample) => {
    if (text === '') throw broken(name, `has no label at sample ${sample}`);
    const label = numbers.get(text);
    if (label !== undefined) return label;
    const meant = didYouMean(text, names) || ` classNames: ${listed(names)}.`;
    throw broken(name, `has label "${text}" at sample ${sample}, which is not among classNames`, meant);
  });
  if (classNames !== undefined) return { labels, classNames };
  const order = listed(names.map((text, index) => `${index} = ${text}`));
  return {
    labels,
    classNames: names,
    note: `${name} has names as labels; classes are numbered in the order of the names: ${order}. Set classNames if the model has another order.`,
  };
}

/** Sorts by code points. UTF-8 bytes sort in the same way; UTF-16, which JavaScript compares, does not. */
export function sortedByCodePoints(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const MOST_LISTED = 12;

/** Names in a message; of many the first ones. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED ? `${shown}, … (${names.length} classes)` : shown;
}

/** For each row, the columns that are 1. All others must be 0. */
function rowSets(array: NumpyArray, { name, classNames }: LabelOptions): LabelSet[] {
  const [rows = 0, columns = 0] = array.shape;
  const values = float64Of(array).data;
  const named = classNames?.length ?? MAX_CLASSES;
  return Array.from({ length: rows }, (_, row) => {
    const set: number[] = [];
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (value !== 0 && value !== 1) throw broken(name, `has a row that is neither one-hot nor multi-hot at sample ${row}`);
      if (value === 1 && column >= named) throw broken(name, `has label ${column} at sample ${row}; labels are 0 … ${named - 1}`);
      if (value === 1) set.push(column);
    }
    return Int32Array.from(set);
  });
}

function broken(name: string, problem: string, more = ''): XaigridError {
  return new XaigridError('DATASET_UNREADABLE', `${name} ${problem}.${more}`);
}
