import { sampleRandom, type SampleRandom } from '@xaigrid/tensor';
import type { ScoreRequest } from './metric.js';

/** The random numbers of each sample for one purpose (`randomStreams`), from the start of the stream. */
export function randomOf(
  { seed, sampleIndices }: Pick<ScoreRequest, 'seed' | 'sampleIndices'>,
  stream: number,
): (sample: number) => SampleRandom {
  return (sample) => sampleRandom(seed, sampleIndices?.[sample] ?? sample, stream);
}
