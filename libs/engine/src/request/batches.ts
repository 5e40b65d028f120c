import { sizeOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import type { ResizedMasks } from '../engine.js';

type Float32 = Float32Array<ArrayBuffer>;

/** The rows `start` … `end − 1` of a computation, in a batch of fixed size. Its last rows may be padding. */
export interface Batch {
  readonly start: number;
  readonly end: number;
  /** `end − start`: the number of rows that are not padding. */
  readonly rows: number;
}

/** Cuts `total` rows into batches of `size`. */
export function batchesOf(total: number, size: number): Batch[] {
  const batches: Batch[] = [];
  for (let start = 0; start < total; start += size) {
    const end = Math.min(total, start + size);
    batches.push({ start, end, rows: end - start });
  }
  return batches;
}

/** Rows of `tensor` in a batch of `size` rows: a view if the batch is full, otherwise a copy padded with zeros. */
export function paddedRows(tensor: Tensor, { start, end, rows }: Batch, size: number): Float32 {
  const stride = sizeOf(tensor.shape.slice(1));
  const view = tensor.data.subarray(start * stride, end * stride);
  if (rows === size) return view;
  const padded = new Float32Array(size * stride);
  padded.set(view);
  return padded;
}

/** The indices of a batch, one a row, padded with 0. */
export function paddedIndices(indices: Int32Array, { start, end }: Batch, size: number): Int32Array<ArrayBuffer> {
  const padded = new Int32Array(size);
  padded.set(indices.subarray(start, end));
  return padded;
}

/** The classes and contrasts of a batch. */
export function paddedExplained({ classes, contrasts }: ExplainedOutputs, batch: Batch, size: number): ExplainedOutputs {
  const of = (indices: Int32Array) => paddedIndices(indices, batch, size);
  return { classes: of(classes), ...(contrasts === undefined ? {} : { contrasts: of(contrasts) }) };
}

/** The distinct rows of a tensor that a batch uses, and the slot of each batch row among them. */
export interface BatchRows {
  /** The rows of the tensor, in order of first use. */
  readonly distinct: readonly number[];
  /** The slot of each row of the batch; 0 for padding. */
  readonly slots: Int32Array<ArrayBuffer>;
}

/** @param indices one per row, such as its sample */
export function batchRows(indices: Int32Array, { start, end }: Batch, size: number): BatchRows {
  const slotOf = new Map<number, number>();
  const slots = new Int32Array(size);
  for (let row = start; row < end; row++) {
    const index = indices[row] ?? 0;
    let slot = slotOf.get(index);
    if (slot === undefined) {
      slot = slotOf.size;
      slotOf.set(index, slot);
    }
    slots[row - start] = slot;
  }
  return { distinct: [...slotOf.keys()], slots };
}

/** The given rows of `tensor` in order: `[indices.length, ...]`. A view if it is one row, otherwise a copy. */
export function gatherRows(tensor: Tensor, indices: ArrayLike<number>): Float32 {
  const stride = sizeOf(tensor.shape.slice(1));
  const first = indices[0] ?? 0;
  if (indices.length === 1) return tensor.data.subarray(first * stride, (first + 1) * stride);
  const gathered = new Float32Array(indices.length * stride);
  for (let row = 0; row < indices.length; row++) {
    const source = (indices[row] ?? 0) * stride;
    gathered.set(tensor.data.subarray(source, source + stride), row * stride);
  }
  return gathered;
}

/** The maps of the given rows, `[size, grid]`, padded with zeros. Each is one channel of `[m, ...grid, channels]`. */
export function gatherMaps(
  { maps, mapOf, channelOf }: Pick<ResizedMasks, 'maps' | 'mapOf' | 'channelOf'>,
  { start, end }: Batch,
  size: number,
): Float32 {
  const channels = maps.shape.at(-1) ?? 1;
  const places = sizeOf(maps.shape.slice(1, -1));
  const gathered = new Float32Array(size * places);
  for (let row = start; row < end; row++) {
    let source = (mapOf[row] ?? 0) * places * channels + (channelOf[row] ?? 0);
    const target = (row - start) * places;
    if (channels === 1) {
      gathered.set(maps.data.subarray(source, source + places), target);
      continue;
    }
    for (let place = 0; place < places; place++, source += channels) gathered[target + place] = maps.data[source] ?? 0;
  }
  return gathered;
}
