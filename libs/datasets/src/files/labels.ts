import { XaigridError } from '@xaigrid/contracts';
import { float64Of, int32Of, sizeOf, type NumpyArray } from '@xaigrid/tensor';

/** More than any classifier has; a label beyond it is no label. */
const MAX_CLASSES = 100_000;

export interface Labels {
  readonly labels: Int32Array<ArrayBuffer>;
  readonly classNames: readonly string[];
}

/**
 * Labels from whole numbers, `[n]` or `[n, 1]`, or from one-hot rows, `[n, classes]`.
 *
 * @param options.name the file (and array) in messages.
 * @param options.classNames by default the numbers of the classes: as many as there are columns, or up to the largest label.
 * @throws DATASET_UNREADABLE for other shapes, rows that are not one-hot, and labels that are negative or have no name.
 */
export function labelsOf(
  array: NumpyArray,
  options: { readonly name: string; readonly classNames?: readonly string[] | undefined },
): Labels {
  const [rows = 0, columns = 1] = array.shape;
  if (array.shape.length === 0 || array.shape.length > 2) {
    throw broken(
      options.name,
      `has shape [${array.shape.join(', ')}]; labels are [n] whole numbers or [n, classes] one-hot rows`,
    );
  }
  const labels =
    columns === 1 && sizeOf(array.shape) === rows ? int32Of(array, options).data : oneHotColumns(array, options.name);
  const named = options.classNames?.length ?? MAX_CLASSES;
  let classes = columns;
  for (const [sample, label] of labels.entries()) {
    if (label < 0 || label >= named)
      throw broken(options.name, `has label ${label} at sample ${sample}; labels are 0 … ${named - 1}`);
    if (label >= classes) classes = label + 1;
  }
  return { labels, classNames: options.classNames ?? Array.from({ length: classes }, (_, index) => String(index)) };
}

function oneHotColumns(array: NumpyArray, name: string): Int32Array<ArrayBuffer> {
  const [rows = 0, columns = 0] = array.shape;
  const values = float64Of(array).data;
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const entries = values.subarray(row * columns, (row + 1) * columns);
    const hot = entries.indexOf(1);
    if (hot < 0 || entries.some((value, column) => value !== (column === hot ? 1 : 0))) {
      throw broken(name, `has a row that is not one-hot at sample ${row}`);
    }
    labels[row] = hot;
  }
  return labels;
}

function broken(name: string, problem: string): XaigridError {
  return new XaigridError('DATASET_UNREADABLE', `${name} ${problem}.`);
}
