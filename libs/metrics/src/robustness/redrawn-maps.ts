import { rowsOf, sampleRandom, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest } from '../metric.js';
import { redrawingOf } from '../redrawing-of.js';

type Float32 = Float32Array<ArrayBuffer>;

/** One changed copy of each sample, explained for the class of the sample's own map. */
export interface RedrawnMaps {
  /** `[n, ...inputShape]` */
  readonly moved: Tensor;
  /** One per sample. */
  readonly copies: readonly Copy[];
}

interface Copy {
  /** The values of the sample, and of its copy (`after`). */
  readonly before: Float32;
  readonly after: Float32;
  /** The map of the copy. */
  readonly map: Float32;
}

interface Copies {
  /** The number of copies of each sample. */
  readonly count: number;
  /** Changes the copy of a sample in place. The copies of a sample come in order. */
  readonly change: (values: Float32, sample: number, copy: number) => void;
}

/**
 * Maps of changed copies of the samples, one copy of each sample at a time. A random method reuses the random numbers of the
 * sample.
 * @throws NOT_FINITE naming the first sample with a map that is not finite
 */
export async function* redrawnMaps(
  metric: string,
  request: ScoreRequest,
  { count, change }: Copies,
): AsyncGenerator<RedrawnMaps> {
  const { shape, data } = request.inputs;
  const { draw, explainedClasses: classes, sampleIndices } = redrawingOf(metric, request);
  const size = sizeOf(shape.slice(1));
  for (let copy = 0; copy < count; copy++) {
    request.signal?.throwIfAborted();
    const moved = { shape, data: data.slice() };
    for (let sample = 0; sample < sampleIndices.length; sample++) {
      change(moved.data.subarray(sample * size, (sample + 1) * size), sample, copy);
    }
    const maps = finiteMaps(await draw({ inputs: moved, classes, sampleIndices }), request);
    const valuesOf = (of: Tensor, sample: number): Float32 => rowsOf(of, sample, sample + 1).data;
    yield {
      moved,
      copies: maps.map((map, sample) => ({ map, before: valuesOf(request.inputs, sample), after: valuesOf(moved, sample) })),
    };
  }
}

/** Moves the values of a copy in place, at random. */
export type Noise = (values: Float32, random: SampleRandom) => void;

interface Noisy {
  readonly perturbations: number;
  readonly noise: Noise;
  /** The metric's own random stream (`randomStreams`). */
  readonly stream: number;
}

/** `redrawnMaps` with noise. The noise depends only on the seed, the sample and the stream. */
export function noisyMaps(
  metric: string,
  request: ScoreRequest,
  { perturbations, noise, stream }: Noisy,
): AsyncGenerator<RedrawnMaps> {
  const { sampleIndices } = redrawingOf(metric, request);
  const randoms = Array.from(sampleIndices, (index) => sampleRandom(request.seed, index, stream));
  return redrawnMaps(metric, request, {
    count: perturbations,
    change: (values, sample) => {
      const random = randoms[sample];
      if (random !== undefined) noise(values, random);
    },
  });
}
