import { hash } from 'node:crypto';
import type { MaskBaseline, ThresholdMasks } from '@xaigrid/engine';
import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';

interface KeyedMasks {
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The sample of each row. */
  readonly sampleOf: Int32Array<ArrayBuffer>;
  readonly masks: ThresholdMasks;
  readonly baseline: MaskBaseline;
}

/**
 * Says, for each row of masked samples, what is masked and by what. Rows of one sample with equal texts are equal inputs of
 * the model.
 *
 * @returns undefined for baselines that are not looked at: those given by references
 */
export function maskKeys({ inputs, sampleOf, masks: { maps, above }, baseline }: KeyedMasks): string[] | undefined {
  const baselineOf = baselineKeys(inputs, baseline);
  if (baselineOf === undefined) return undefined;
  const size = sizeOf(maps.shape.slice(1));
  return Array.from(sampleOf, (sample, row) => {
    const kept = keptHash(maps.data.subarray(sample * size, (sample + 1) * size), above[row] ?? NaN);
    return `${size} ${kept} ${baselineOf(sample)}`;
  });
}

function baselineKeys({ shape }: Tensor, baseline: MaskBaseline): ((sample: number) => string) | undefined {
  if (baseline === 'zero') return () => 'zero';
  if ('blur' in baseline) return () => `blur ${baseline.blur}`;
  if ('references' in baseline) return undefined;
  const hashes = new Map<number, string>();
  const bySample = baseline.shape.length === shape.length;
  return (sample) => {
    const row = bySample ? sample : 0;
    const known = hashes.get(row) ?? hash('sha1', bySample ? rowsOf(baseline, row, row + 1).data : baseline.data, 'base64');
    hashes.set(row, known);
    return known;
  };
}

/** A hash of which values are above a threshold: their bits, packed. */
function keptHash(values: Float32Array, above: number): string {
  const words = new Int32Array(Math.ceil(values.length / 32));
  for (let from = 0, at = 0; from < words.length; from++) {
    let word = 0;
    for (const end = Math.min(values.length, at + 32); at < end; at++) word = (word << 1) | ((values[at] ?? NaN) > above ? 1 : 0);
    words[from] = word;
  }
  return hash('sha1', words, 'base64');
}
