import type { Engine, MaskBaseline } from '@xaigrid/engine';
import { positionsOfShape, sizeOf, takeRows, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import { rowOutputs } from './class-outputs.js';
import type { HiddenValues } from './hidden-values.js';

/** 16 MiB of float32 inputs at a time. More is not faster. */
const VALUES = 2 ** 22;

/** How many masked samples are computed in one call: whole batches of bounded memory. */
export function rowsTogether({ batchSize, model }: Pick<Engine, 'batchSize' | 'model'>): number {
  return batchSize * Math.max(1, Math.floor(VALUES / sizeOf(model.inputShape) / batchSize));
}

export interface MaskedOutputs {
  readonly engine: Engine;
  /** `[n, ...inputShape]` */
  readonly inputs: Tensor;
  /** The explained class of each sample, and its contrast. */
  readonly explained: ExplainedOutputs;
  readonly rows: number;
  /** The sample of a row; `maskOf` gives its mask. */
  readonly sampleOf: (row: number) => number;
  readonly maskOf: (row: number) => number;
  /** Writes 1 where the mask shows the sample. The mask has one value per position and is all 0 before. */
  readonly fill: (mask: Float32Array<ArrayBuffer>, index: number) => void;
  /** Replaces the sample where a mask hides it: values, or one reference per row, `[m, ...inputShape]`. */
  readonly baseline: HiddenValues | { readonly references: Tensor; readonly referenceOf: (row: number) => number };
  readonly signal?: AbortSignal | undefined;
}

/**
 * F of masked samples, one per row, in whole batches of bounded memory. A mask is made once per batch, even if several rows use
 * it.
 */
export async function maskedOutputs(asked: MaskedOutputs): Promise<Float64Array<ArrayBuffer>> {
  const { engine, explained, rows, signal } = asked;
  const step = Math.min(rows, rowsTogether(engine));
  const outputs = new Float64Array(rows);
  for (let start = 0; start < rows; start += step) {
    signal?.throwIfAborted();
    const count = Math.min(step, rows - start);
    const ofRows = (of: (row: number) => number) => Int32Array.from({ length: count }, (_, at) => of(start + at));
    const sampleOf = ofRows(asked.sampleOf);
    const samples = distinct(sampleOf);
    const found = await engine.scoreMasks({
      inputs: takeRows(asked.inputs, samples.values),
      sampleOf: samples.indices,
      masks: masksOf(ofRows(asked.maskOf), asked),
      baseline: baselineOf(asked, samples.values, ofRows),
    });
    outputs.set(rowOutputs(found.outputs, explained, sampleOf), start);
  }
  return outputs;
}

function masksOf(maskOf: Int32Array<ArrayBuffer>, { engine, fill }: MaskedOutputs) {
  const positions = positionsOfShape(engine.model.inputShape);
  const size = sizeOf(positions);
  const masks = distinct(maskOf);
  const data = new Float32Array(masks.values.length * size);
  for (const [at, index] of masks.values.entries()) fill(data.subarray(at * size, (at + 1) * size), index);
  const maps = { shape: [masks.values.length, ...positions, 1], data };
  return { maps, mapOf: masks.indices, channelOf: new Int32Array(maskOf.length), scaled: false };
}

function baselineOf(
  { baseline, inputs }: MaskedOutputs,
  samples: Int32Array<ArrayBuffer>,
  ofRows: (of: (row: number) => number) => Int32Array<ArrayBuffer>,
): MaskBaseline {
  if ('blur' in baseline) return baseline;
  if (!('references' in baseline)) return baseline.shape.length === inputs.shape.length ? takeRows(baseline, samples) : baseline;
  const chosen = distinct(ofRows(baseline.referenceOf));
  return { references: takeRows(baseline.references, chosen.values), referenceOf: chosen.indices };
}

/** The distinct values in the order of first appearance, and for each entry the index of its value. */
function distinct(entries: Int32Array<ArrayBuffer>) {
  const places = new Map<number, number>();
  const indices = entries.map((value) => {
    const known = places.get(value) ?? places.size;
    places.set(value, known);
    return known;
  });
  return { values: Int32Array.from(places.keys()), indices };
}
