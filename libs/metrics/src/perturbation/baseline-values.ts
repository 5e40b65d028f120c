import { blurredValues } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { engineBaseline, type Baseline } from './baseline.js';

type Float32 = Float32Array<ArrayBuffer>;

/**
 * The values that replace removed parts of a sample, for changes that the metric makes itself: `inputShape` values of each
 * sample.
 *
 * @param inputs `[n, ...inputShape]`
 */
export function baselineValues(baseline: Baseline, inputs: Tensor): (sample: number) => Float32 {
  const values = engineBaseline(baseline, inputs);
  if (values === 'zero' || 'references' in values) throw new TypeError('A metric has one baseline, of values.');
  const size = sizeOf(inputs.shape.slice(1));
  const own = ({ data }: Tensor, sample: number): Float32 => data.subarray(sample * size, (sample + 1) * size);
  if ('blur' in values) return (sample) => blurredValues(own(inputs, sample), inputs.shape.slice(1), values.blur);
  const { shape } = values;
  return shape.length === inputs.shape.length ? (sample) => own(values, sample) : () => values.data;
}
