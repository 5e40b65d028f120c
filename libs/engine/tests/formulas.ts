import type { Tensor } from '@xaigrid/tensor';
import type { Engine, ExpectedGradientsRequest } from '../src/index.js';
import type { FeatureMaps, Thresholds } from './mask-requests.js';

/** DESIGN's formulas written out in float64, with nothing from an engine but `predict` and `gradient`. */

function rowOf(tensor: Tensor, row: number): Float64Array {
  const stride = tensor.data.length / (tensor.shape[0] ?? 1);
  return Float64Array.from(tensor.data.subarray(row * stride, (row + 1) * stride));
}

/** w_k, and Σ_k w_k·m_k/(Σm_k + 1e-6) per sample. */
export async function sumsByFormula(
  engine: Engine,
  { inputs, classes, activations, rows }: FeatureMaps,
): Promise<{ sums: Float64Array; weights: number[] }> {
  const positions = inputs.shape.slice(1, -1);
  const channels = inputs.shape.at(-1) ?? 1;
  const masks = Array.from(rows.sample, (sample, row) => {
    const maps = rowOf(activations, sample);
    const depth = activations.shape.at(-1) ?? 1;
    const map = maps.filter((_, index) => index % depth === rows.channel[row]);
    const resized = resizeHalfPixel(map, activations.shape.slice(1, -1), positions);
    const [low, high] = [Math.min(...resized), Math.max(...resized)];
    return resized.map((value) => (value - low) / (high - low + 1e-6));
  });
  const masked = masks.flatMap((mask, row) =>
    Array.from(rowOf(inputs, rows.sample[row] ?? 0), (value, index) => value * (mask[Math.floor(index / channels)] ?? 0)),
  );
  const outputs = await engine.predict({ shape: [masks.length, ...inputs.shape.slice(1)], data: Float32Array.from(masked) });
  const weights = masks.map((_, row) => outputs.data[row * engine.model.classes + (classes[rows.sample[row] ?? 0] ?? 0)] ?? 0);
  const size = positions.reduce((a, b) => a * b, 1);
  const sums = new Float64Array((inputs.shape[0] ?? 0) * size);
  masks.forEach((mask, row) => {
    const total = mask.reduce((a, b) => a + b, 0);
    mask.forEach((value, position) => {
      const at = (rows.sample[row] ?? 0) * size + position;
      sums[at] = (sums[at] ?? 0) + ((weights[row] ?? 0) * value) / (total + 1e-6);
    });
  });
  return { sums, weights };
}

/** Predictions on samples masked by hand. */
export function outputsAboveByFormula(
  engine: Engine,
  { inputs, maps, rows, baseline }: Thresholds & { readonly baseline: Tensor },
): Promise<Tensor> {
  const size = inputs.data.length / (inputs.shape[0] ?? 1);
  const channels = inputs.shape.at(-1) ?? 1;
  const perChannel = maps.data.length === inputs.data.length;
  const perSample = baseline.data.length === inputs.data.length;
  const masked = Array.from(rows.sample).flatMap((sample, row) =>
    Array.from({ length: size }, (_, index) => {
      const map = perChannel
        ? maps.data[sample * size + index]
        : maps.data[(sample * size) / channels + Math.floor(index / channels)];
      const kept = (map ?? 0) > (rows.threshold[row] ?? 0);
      return (kept ? inputs.data[sample * size + index] : baseline.data[perSample ? sample * size + index : index]) ?? 0;
    }),
  );
  return engine.predict({ shape: [rows.sample.length, ...inputs.shape.slice(1)], data: Float32Array.from(masked) });
}

/** Mean over draws of w·∇p_c(t·x + (1 − t)·r) ⊙ (x − r), and its standard error. */
export async function expectedGradientsByFormula(
  engine: Engine,
  references: Tensor,
  { inputs, classes, references: chosen, fractions, weights, draws }: ExpectedGradientsRequest,
): Promise<{ means: Float64Array; errors: Float64Array }> {
  const samples = inputs.shape[0] ?? 0;
  const size = inputs.data.length / samples;
  const pairs = Array.from({ length: samples * draws }, (_, at) => ({
    x: rowOf(inputs, Math.floor(at / draws)),
    r: rowOf(references, chosen[at] ?? 0),
    t: fractions[at] ?? 0,
  }));
  const points = pairs.flatMap(({ x, r, t }) => Array.from(x, (value, i) => t * value + (1 - t) * (r[i] ?? 0)));
  const [found] = await engine.gradient({
    inputs: { shape: [pairs.length, ...inputs.shape.slice(1)], data: Float32Array.from(points) },
    classes: Int32Array.from(pairs, (_, at) => classes[Math.floor(at / draws)] ?? 0),
    wrt: 'input',
  });
  const means = new Float64Array(samples * size);
  const errors = new Float64Array(samples * size);
  for (let i = 0; i < means.length; i++) {
    const sample = Math.floor(i / size);
    const position = i % size;
    const terms = Array.from({ length: draws }, (_, draw) => {
      const at = sample * draws + draw;
      const slope = found?.gradient.data[at * size + position] ?? 0;
      return (weights?.[at] ?? 1) * slope * ((pairs[at]?.x[position] ?? 0) - (pairs[at]?.r[position] ?? 0));
    });
    const mean = terms.reduce((a, b) => a + b, 0) / draws;
    const variance = terms.reduce((sum, term) => sum + (term - mean) ** 2, 0) / (draws - 1);
    means[i] = mean;
    errors[i] = Math.sqrt(variance / draws);
  }
  return { means, errors };
}

/** Linear along every axis with half-pixel centres and clamped edges, one output at a time. */
export function resizeHalfPixel(map: Float64Array, from: readonly number[], to: readonly number[]): number[] {
  return Array.from({ length: to.reduce((a, b) => a * b, 1) }, (_, index) => {
    let left = index;
    // The source positions of this output with their weights, the last axis first.
    let sources = [{ at: 0, weight: 1 }];
    let stride = 1;
    for (const axis of [...to.keys()].reverse()) {
      const [extent = 1, target = 1] = [from[axis], to[axis]];
      const centre = (((left % target) + 0.5) * extent) / target - 0.5;
      const part = centre - Math.floor(centre);
      const clamped = (position: number) => Math.min(extent - 1, Math.max(0, position)) * stride;
      sources = sources.flatMap(({ at, weight }) => [
        { at: at + clamped(Math.floor(centre)), weight: weight * (1 - part) },
        { at: at + clamped(Math.floor(centre) + 1), weight: weight * part },
      ]);
      left = Math.floor(left / target);
      stride *= extent;
    }
    return sources.reduce((sum, { at, weight }) => sum + weight * (map[at] ?? NaN), 0);
  });
}
