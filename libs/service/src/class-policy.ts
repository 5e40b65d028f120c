import { XaigridError, type ClassPolicy, type LabelSet } from '@xaigrid/contracts';
import { argmaxRows, type Tensor } from '@xaigrid/tensor';

/** The predictions and labels of some samples, from which a class policy chooses a class. */
export interface SamplesWithOutputs {
  /** `[n, classes]` */
  readonly outputs: Tensor;
  readonly labels: Int32Array<ArrayBuffer>;
  /** One set per sample, if samples have sets of labels. */
  readonly labelSets?: readonly LabelSet[];
}

/**
 * The class that each sample's map explains, or that a metric reads. `predicted` is the first largest output of a row.
 * `likeliest-label` is the largest output among the sample's labels, or the predicted class if it has none.
 * @returns one class per sample
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
