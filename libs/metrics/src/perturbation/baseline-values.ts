import { gaussianMatrix } from '@xaigrid/engine';
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
  if ('blur' in values) return (sample) => blurred(own(inputs, sample), inputs.shape.slice(1), values.blur);
  const { shape } = values;
  return shape.length === inputs.shape.length ? (sample) => own(values, sample) : () => values.data;
}

/** Blurs as the engine does (`MaskBaseline`): axis by axis, each channel by itself. */
function blurred(values: Float32, inputShape: readonly number[], sigma: number): Float32 {
  let from = values;
  for (const [axis, extent] of inputShape.slice(0, -1).entries()) {
    const matrix = gaussianMatrix(sigma, extent);
    const stride = sizeOf(inputShape.slice(axis + 1));
    const to = new Float32Array(from.length);
    for (let at = 0; at < to.length; at++) {
      const place = Math.floor(at / stride) % extent;
      const first = at - place * stride;
      let sum = 0;
      for (let other = 0; other < extent; other++) {
        sum += (matrix[place * extent + other] ?? NaN) * (from[first + other * stride] ?? NaN);
      }
      to[at] = sum;
    }
    from = to;
  }
  return from;
}
