import type { ClosedFormModel } from './closed-form-engine.js';

export interface BruteForceOptions {
  readonly layers: readonly ('features' | 'half')[];
  readonly fusion: 'otsu' | 'simple';
  readonly selection: 'threshold' | 'otsu';
  readonly gradientThreshold: number;
  readonly maskBudget: number;
}

/**
 * SISE of one sample of a closed-form model, in float64 and as plainly as the formulas stand in the papers: gradients by
 * central differences, a resize that weighs every source pixel, Otsu by trying every level. Shares no code with the library.
 * @param x values of `[...positions, channels]`; `half` halves the last of the positions.
 */
export function bruteForceSise(model: ClosedFormModel, x: readonly number[], c: number, options: BruteForceOptions) {
  const width = model.inputShape.at(-2) ?? 1;
  const channels = model.inputShape.at(-1) ?? 1;
  const height = model.inputShape.slice(0, -2).reduce((a, b) => a * b, 1);
  const features = model.mix[0]?.length ?? 0;
  const kept: number[][] = [];
  const layerMaps = options.layers.map((layer) => {
    const columns = layer === 'half' ? width / 2 : width;
    const maps = range(features, (k) => (layer === 'half' ? halved(featureMap(model, x, k), width) : featureMap(model, x, k)));
    const alphas = range(features, (k) => meanGradient(model, x, c, k, height * columns));
    const chosen = choose(alphas, options);
    kept.push(chosen);
    const sums = new Array<number>(height * width).fill(0);
    for (const k of chosen) {
      const mask = scaled(resized(maps[k] ?? [], [height, columns], [height, width]), 1e-6);
      const masked = x.map((value, at) => value * (mask[Math.floor(at / channels)] ?? NaN));
      const weight = output(model, masked, c);
      const total = mask.reduce((a, b) => a + b, 0) + 1e-6;
      for (const [at, value] of mask.entries()) sums[at] = (sums[at] ?? NaN) + (weight * value) / total;
    }
    return scaled(sums, 0);
  });
  const [first = [], ...deeper] = layerMaps;
  const map = deeper.reduce((fused, layer) => {
    const weights = options.fusion === 'simple' ? layer : step(layer);
    return fused.map((value, at) => (value + (layer[at] ?? NaN)) * (weights[at] ?? NaN));
  }, first);
  return { map, kept };
}

const range = <Value>(count: number, make: (index: number) => Value) => Array.from({ length: count }, (_, index) => make(index));

function featureMap(model: ClosedFormModel, x: readonly number[], k: number): number[] {
  const channels = model.inputShape.at(-1) ?? 1;
  return range(x.length / channels, (t) =>
    range(channels, (i) => (x[t * channels + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN)).reduce((a, b) => a + b, 0),
  );
}

/** p_c, with `shift` added to the whole of feature map k. */
function output(model: ClosedFormModel, x: readonly number[], c: number, k = -1, shift = 0): number {
  const features = model.mix[0]?.length ?? 0;
  const maps = range(features, (j) => featureMap(model, x, j).map((value) => (j === k ? value + shift : value)));
  const z = range(model.head[0]?.[0]?.length ?? 0, (d) => {
    let sum = 0;
    for (const [j, map] of maps.entries())
      for (const [t, value] of map.entries()) sum += value * (model.head[t]?.[j]?.[d] ?? NaN);
    return sum;
  });
  if (model.output === 'linear') return z[c] ?? NaN;
  const exponentials = z.map(Math.exp);
  return (exponentials[c] ?? NaN) / exponentials.reduce((a, b) => a + b, 0);
}

/** Shifting a map of half as many positions shifts every position of the whole map as much. */
function meanGradient(model: ClosedFormModel, x: readonly number[], c: number, k: number, positions: number): number {
  const step = 1e-5;
  return (output(model, x, c, k, step) - output(model, x, c, k, -step)) / (2 * step) / positions;
}

function halved(map: readonly number[], width: number): number[] {
  return range(map.length / 2, (at) => {
    const left = Math.floor(at / (width / 2)) * width + 2 * (at % (width / 2));
    return ((map[left] ?? NaN) + (map[left + 1] ?? NaN)) / 2;
  });
}

/** A triangle of the width of a source pixel (larger outputs only), its weights made to add up to 1 at the borders. */
function resized(map: readonly number[], [rows, columns]: readonly [number, number], to: readonly [number, number]): number[] {
  const weights = (from: number, count: number, at: number) => {
    const centre = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / count - 0.5));
    return range(from, (source) => Math.max(0, 1 - Math.abs(source - centre)));
  };
  return range(to[0] * to[1], (at) => {
    const down = weights(rows, to[0], Math.floor(at / to[1]));
    const along = weights(columns, to[1], at % to[1]);
    let sum = 0;
    for (const [r, a] of down.entries()) for (const [s, b] of along.entries()) sum += a * b * (map[r * columns + s] ?? NaN);
    return sum;
  });
}

function scaled(values: readonly number[], epsilon: number): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (value - low) / (high - low + epsilon));
}

function choose(alphas: readonly number[], options: BruteForceOptions): number[] {
  const largest = Math.max(...alphas);
  const positive = alphas.filter((alpha) => alpha > 0);
  const levels = positive.map((alpha) => Math.min(255, Math.round((256 * alpha) / largest)));
  const least = options.selection === 'otsu' ? otsu(levels) : NaN;
  const chosen = [...alphas.keys()].filter((k) => {
    const alpha = alphas[k] ?? NaN;
    if (options.selection === 'threshold') return alpha > 0 && alpha > options.gradientThreshold * largest;
    return alpha > 0 && (new Set(levels).size === 1 || Math.min(255, Math.round((256 * alpha) / largest)) > least);
  });
  const ranked = chosen.sort((a, b) => (alphas[b] ?? NaN) - (alphas[a] ?? NaN));
  return ranked.slice(0, options.maskBudget).sort((a, b) => a - b);
}

function otsu(levels: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const spread = range(256, (t) => {
    const [low, high] = [levels.filter((level) => level <= t), levels.filter((level) => level > t)];
    return low.length === 0 || high.length === 0 ? 0 : low.length * high.length * (mean(low) - mean(high)) ** 2;
  });
  // The first of the largest; equal up to rounding is equal.
  return spread.findIndex((value) => value > Math.max(...spread) * (1 - 1e-12));
}

function step(layer: readonly number[]): number[] {
  const threshold = otsu(layer.map((value) => Math.min(255, Math.round(256 * value))));
  const above = layer.filter((value) => Math.round(256 * value) >= Math.round(1.5 * threshold)).length;
  const t = (above < 0.1 * layer.length ? 1.5 * threshold : threshold) / 256;
  return layer.map((value) => 1 / (1 + Math.exp(-100 * (value - t))));
}
