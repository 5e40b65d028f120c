import { rowsOf, sampleRandom, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest } from '../metric.js';
import { redrawingOf } from '../redrawing-of.js';

type Float32 = Float32Array<ArrayBuffer>;

/** One changed copy of each sample, explained about the class of the sample's own map. */
export interface RedrawnMaps {
  /** `[n, ...inputShape]` */
  readonly moved: Tensor;
  /** One a sample. */
  readonly copies: readonly Copy[];
}

interface Copy {
  /** The values of the sample, and of its copy. */
  readonly before: Float32;
  readonly after: Float32;
  /** Of the copy. */
  readonly map: Float32;
}

interface Copies {
  /** How many copies there are of each sample. */
  readonly count: number;
  /** Changes the copy of a sample, which it is given, in place. A sample's copies come in their order. */
  readonly change: (values: Float32, sample: number, copy: number) => void;
}

/**
 * Maps of changed copies of the samples, one copy of each at a time. What a method draws at random for a copy is what it drew for the sample.
 * @throws NOT_FINITE naming the first sample with such a map
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

/** Moves the values of a copy in place, by what it draws. */
export type Noise = (values: Float32, random: SampleRandom) => void;

interface Noisy {
  readonly perturbations: number;
  readonly noise: Noise;
  /** Of the metric's own (`randomStreams`). */
  readonly stream: number;
}

/** The same with noise, which depends on nothing but the seed, the sample and the stream. */
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
