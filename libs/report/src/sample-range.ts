import type { Failure } from '@xaigrid/contracts';

type FailedSamples = Pick<Failure, 'start' | 'end' | 'samples'>;

/**
 * `sample 33`, `samples 30 to 39`, or where samples are chosen `5 samples from 70 to 110`; `end` is one past the last, as in
 * shards.
 */
export function sampleRange({ start, end, samples }: FailedSamples): string {
  if (end - start === 1) return `sample ${start}`;
  return samples < end - start ? `${samples} samples from ${start} to ${end - 1}` : `samples ${start} to ${end - 1}`;
}

/** `evaluation 2 (sise), samples 30 to 39`: what failed, by its number and its label. */
export function failedSubject(
  failure: FailedSamples & Pick<Failure, 'evaluation'>,
  evaluations: readonly { readonly ordinal: number; readonly label: string }[],
): string {
  const label = evaluations.find(({ ordinal }) => ordinal === failure.evaluation)?.label;
  return `evaluation ${failure.evaluation}${label === undefined ? '' : ` (${label})`}, ${sampleRange(failure)}`;
}
