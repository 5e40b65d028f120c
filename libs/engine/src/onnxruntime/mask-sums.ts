import { outputOfClass, positionsOfShape, resizeLinear, sizeOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import type { MaskScoresRequest } from '../engine.js';
import type { Batch } from '../request/batches.js';
import type { OnnxContext } from './onnx-context.js';
import { resizeShares } from './resize-shares.js';

/** The results of a batch, and all outputs so far. */
interface Found {
  readonly outputs: Tensor;
  /** One per row of the batch. */
  readonly smallest: Float32Array | undefined;
  readonly largest: Float32Array | undefined;
}

export interface MaskSums {
  /** @param maps of the batch, `[batch, grid]` */
  add(batch: Batch, maps: Float32Array, found: Found): void;
  /** `[n, ...positions]` */
  finish(): Tensor;
}

/**
 * Σ_k F_k·m_k/(Σ m_k + 1e-6) of each sample. It is summed here in float64, because ONNX Runtime sums a row in an order that
 * depends on its place in the batch.
 *
 * m_k = (resize(A_k) − s_k)/r_k is affine in the map A_k, with s_k the smallest value after resizing and r_k the range + 1e-6 (0
 * and 1 if maps are not scaled). Resizing keeps constants. So the sum V is resize(Σ_k a_k·(A_k − s_k)) with a_k = F_k/(r_k·(Σ m_k
 * + 1e-6)): one sum at low resolution and one resize per sample.
 */
export function createMaskSums({ description }: OnnxContext, request: MaskScoresRequest, explained: ExplainedOutputs): MaskSums {
  const { masks, sampleOf, inputs } = request;
  const [samples = 0] = inputs.shape;
  const grid = masks.maps.shape.slice(1, -1);
  const scaled = 'scaled' in masks && masks.scaled;
  const positions = positionsOfShape(description.inputShape);
  const shares = resizeShares(grid, positions);
  const size = shares.length;
  const low = new Float64Array(samples * sizeOf(grid));
  return {
    add({ start, rows }, maps, { outputs, smallest, largest }) {
      for (let row = 0; row < rows; row++) {
        const sample = sampleOf[start + row] ?? 0;
        const weight = outputOfClass(outputs.data, explained, sample, (start + row) * description.classes);
        const least = scaled ? (smallest?.[row] ?? 0) : 0;
        const range = scaled ? (largest?.[row] ?? 0) - least + 1e-6 : 1;
        const map = maps.subarray(row * size, (row + 1) * size);
        let total = 0;
        for (let place = 0; place < size; place++) total += (shares[place] ?? 0) * ((map[place] ?? 0) - least);
        const factor = weight / (range * (total / range + 1e-6));
        const target = sample * size;
        for (let place = 0; place < size; place++)
          low[target + place] = (low[target + place] ?? 0) + factor * ((map[place] ?? 0) - least);
      }
    },
    finish() {
      const data = Float32Array.from(low);
      if (grid.join() === positions.join()) return { shape: [samples, ...positions], data };
      const resized = resizeLinear({ shape: [samples, ...grid, 1], data }, positions);
      return { shape: [samples, ...positions], data: resized.data };
    },
  };
}
