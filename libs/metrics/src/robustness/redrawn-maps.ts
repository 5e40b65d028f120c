import type { Target } from '@xaigrid/contracts';
import { rowsOf, sampleRandom, sizeOf, takeRows, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest } from '../metric.js';
import { randomStreams } from '../random-streams.js';
import { redrawingOf } from '../redrawing-of.js';
import { rowsOfRequest } from '../rows-of-request.js';
import { sharedRows } from '../shared-rows.js';
import { createTurns } from '../turns.js';

type Float32 = Float32Array<ArrayBuffer>;

/** One changed copy of each sample, explained for the class of the sample's own map. */
export interface RedrawnMaps {
  /** `[n, ...inputShape]` */
  readonly moved: Tensor;
  /** One per sample. */
  readonly copies: readonly Copy[];
  /** The model's outputs on the moved samples, `[n, classes]`. */
  readonly outputs: (target?: Target) => Promise<Tensor>;
}

interface Copy {
  /** The values of the sample, and of its copy (`after`). */
  readonly before: Float32;
  readonly after: Float32;
  /** The map of the copy. */
  readonly map: Float32;
}

interface Copies {
  /** Names the changes: the same name, sample and number of a copy are the same copy. Absent: no metric shares them. */
  readonly name?: string;
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
  { name, count, change }: Copies,
): AsyncGenerator<RedrawnMaps> {
  const { shape, data } = request.inputs;
  const sharing = { shared: name === undefined ? undefined : request.shared };
  const { draw, explainedClasses: classes, sampleIndices } = redrawingOf(metric, request);
  const size = sizeOf(shape.slice(1));
  const giveWay = createTurns();
  for (let copy = 0; copy < count; copy++) {
    request.signal?.throwIfAborted();
    const moved = { shape, data: data.slice() };
    for (let sample = 0; sample < sampleIndices.length; sample++) {
      change(moved.data.subarray(sample * size, (sample + 1) * size), sample, copy);
      await giveWay();
    }
    const keysOf = (kind: string) => Array.from(sampleIndices, (index) => `${kind} ${name ?? ''} ${copy} ${index}`);
    const drawn = await sharedRows(sharing, keysOf('map'), async (places) => {
      return eachRow(await draw(rowsOfRequest({ inputs: moved, classes, sampleIndices }, places)));
    });
    const maps = finiteMaps(joined(drawn, request.maps.shape), request);
    const valuesOf = (of: Tensor, sample: number): Float32 => rowsOf(of, sample, sample + 1).data;
    yield {
      outputs: async (target = 'probability') => {
        const rows = await sharedRows(sharing, keysOf(target), async (places) =>
          eachRow(await request.engine.predict(takeRows(moved, places), target)),
        );
        return joined(rows, request.predictions.shape);
      },
      moved,
      copies: maps.map((map, sample) => ({ map, before: valuesOf(request.inputs, sample), after: valuesOf(moved, sample) })),
    };
  }
}

function eachRow(tensor: Tensor): Float32[] {
  return Array.from({ length: tensor.shape[0] ?? 0 }, (_, row) => rowsOf(tensor, row, row + 1).data);
}

function joined(rows: readonly Float32[], [, ...shape]: readonly number[]): Tensor {
  const size = sizeOf(shape);
  const data = new Float32Array(rows.length * size);
  for (const [row, values] of rows.entries()) data.set(values, row * size);
  return { shape: [rows.length, ...shape], data };
}

/** How the values of a copy are moved at random. */
export interface Noise {
  /** Says everything that the moves depend on but the random numbers. */
  readonly name: string;
  /** How far values are moved: at most, or their standard deviation. */
  readonly size: number;
  /** Moves values in place. */
  readonly move: (values: Float32, random: SampleRandom) => void;
}

interface Noisy {
  readonly perturbations: number;
  readonly noise: Noise;
}

/**
 * `redrawnMaps` with noise. It depends only on the seed and the sample, so that metrics with the same noise compare the same
 * copies.
 */
export function noisyMaps(metric: string, request: ScoreRequest, { perturbations, noise }: Noisy): AsyncGenerator<RedrawnMaps> {
  const { sampleIndices } = redrawingOf(metric, request);
  const randoms = Array.from(sampleIndices, (index) => sampleRandom(request.seed, index, randomStreams.noise));
  return redrawnMaps(metric, request, {
    name: noise.name,
    count: perturbations,
    change: (values, sample) => {
      const random = randoms[sample];
      if (random !== undefined) noise.move(values, random);
    },
  });
}
