import { XaigridError, type ClassPolicy, type LabelSet } from '@xaigrid/contracts';
import { argmaxRows, type Tensor } from '@xaigrid/tensor';

export interface SamplesWithOutputs {
  /** `[n, classes]` */
  readonly outputs: Tensor;
  readonly labels: Int32Array<ArrayBuffer>;
  /** Where samples have sets of labels. */
  readonly labelSets?: readonly LabelSet[];
}

/**
 * The class each sample's map is about, or each sample's metric reads. `predicted` is the first largest output of a row;
 * `likeliest-label` the first largest among the sample's labels, and what is predicted where it has none.
 */
export function classesByPolicy(policy: ClassPolicy, samples: SamplesWithOutputs): Int32Array<ArrayBuffer> {
  const { outputs, labels, labelSets } = samples;
  if (typeof policy === 'number') return new Int32Array(labels.length).fill(policy);
  if (policy === 'predicted') return argmaxRows(outputs);
  if (labelSets === undefined) return labels;
  if (policy === 'label') throw new XaigridError('INTERNAL', 'Samples with sets of labels were planned with the class "label".');
  const classes = outputs.shape[1] ?? 0;
  const output = (row: number, index: number) => outputs.data[row * classes + index] ?? NaN;
  return argmaxRows(outputs).map((predicted, row) => {
    const set = labelSets[row] ?? new Int32Array();
    return set.reduce((best, label) => (output(row, label) > output(row, best) ? label : best), set[0] ?? predicted);
  });
}
