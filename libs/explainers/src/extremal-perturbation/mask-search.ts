import type { Engine } from '@xaigrid/engine';
import { positionsOfShape, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ExplainRequest } from '../explainer.js';
import { inputGradient } from '../input-gradient.js';
import { areaGradient } from './area-term.js';
import { maskAscent, type AscentOptions, type MaskAscent } from './mask-ascent.js';
import type { PerturbedSample } from './perturbed-sample.js';
import { smoothMasks, type MaskGrid, type SmoothMask } from './smooth-masks.js';

type Float64 = Float64Array<ArrayBuffer>;

export interface SearchOptions extends AscentOptions, MaskGrid {
  readonly steps: number;
  readonly variant: 'preserve' | 'delete' | 'dual';
  /** Whether every other step, from the first on, mirrors samples along their last axis. */
  readonly jitter: boolean;
  readonly areaWeight: number;
  readonly areaGrowth: number;
}

/** One mask that is searched for. */
export interface WantedMask {
  /** The sample of the request. */
  readonly sample: number;
  readonly perturbed: PerturbedSample;
  /** The share of the places that it may show. */
  readonly area: number;
}

/** A mask on its way. */
interface Row extends WantedMask {
  readonly ascent: MaskAscent;
  /** Whether F has depended on the mask at any step. */
  moved: boolean;
}

/**
 * Searches all masks together, because each step needs the gradients where the one before ended.
 * @returns each mask over the positions of its sample; undefined where F depends on nothing that a mask can show
 */
export async function searchMasks(
  engine: Engine,
  wanted: readonly WantedMask[],
  { request, ...options }: SearchOptions & { readonly request: ExplainRequest },
): Promise<(Float64 | undefined)[]> {
  const { inputShape } = engine.model;
  const size = sizeOf(inputShape);
  const masks = smoothMasks(positionsOfShape(inputShape), options);
  const rows = wanted.map((own): Row => ({ ...own, ascent: maskAscent(masks.size, options), moved: false }));
  const insideOf = ({ mask }: SmoothMask): Float64 => Float64Array.from(masks.inside, (place) => mask[place] ?? NaN);
  // The model sees what a mask shows, or all else, or both.
  const sides = { preserve: ['shown'], delete: ['rest'], dual: ['shown', 'rest'] }[options.variant];
  const count = rows.length * sides.length;
  const points: Tensor = { shape: [count, ...inputShape], data: new Float32Array(count * size) };
  const pointOf = (data: Float32Array, row: number, side: number) => {
    const from = (row * sides.length + side) * size;
    return data.subarray(from, from + size);
  };
  const ofPoints = (indices: Int32Array) =>
    Int32Array.from({ length: count }, (_, point) => indices[rows[Math.floor(point / sides.length)]?.sample ?? 0] ?? 0);
  const explained = {
    ...request,
    inputs: points,
    classes: ofPoints(request.classes),
    contrasts: request.contrasts && ofPoints(request.contrasts),
  };
  let weight = options.areaWeight;
  for (let step = 0; step < options.steps; step++) {
    const mirrored = options.jitter && step % 2 === 0;
    const made = rows.map((row) => {
      const mask = masks.generate(row.ascent.numbers);
      const shown = insideOf(mask);
      return { row, mask, seen: sides.map((side) => (side === 'shown' ? shown : shown.map((value) => 1 - value))) };
    });
    for (const [index, { row, seen }] of made.entries()) {
      for (const [side, visible] of seen.entries()) {
        const point = pointOf(points.data, index, side);
        row.perturbed.write(point, visible);
        if (mirrored) mirror(point, inputShape);
      }
    }
    const { data } = await inputGradient(engine, explained);
    for (const [index, { row, mask, seen }] of made.entries()) {
      const gradient = areaGradient(mask.mask, { area: row.area, weight });
      for (const [side, visible] of seen.entries()) {
        const ofPoint = pointOf(data, index, side);
        if (mirrored) mirror(ofPoint, inputShape);
        // Of the rest, F counts with a minus, and it sees 1 − mask: the two signs cancel.
        for (const [position, change] of row.perturbed.gradient(visible, ofPoint).entries()) {
          if (change !== 0) row.moved = true;
          const place = masks.inside[position] ?? 0;
          gradient[place] = (gradient[place] ?? NaN) + change;
        }
      }
      row.ascent.climb(masks.gradient(row.ascent.numbers, gradient, mask));
    }
    weight *= options.areaGrowth;
  }
  return rows.map(({ ascent, moved }) => (moved ? insideOf(masks.generate(ascent.numbers)) : undefined));
}

/** Turns a sample round along its last axis of positions, in place. */
function mirror(values: Float32Array, inputShape: readonly number[]): void {
  const channels = inputShape.at(-1) ?? 1;
  const extent = inputShape.at(-2) ?? 1;
  for (let line = 0; line < values.length; line += extent * channels) {
    for (let left = 0, right = extent - 1; left < right; left++, right--) {
      const from = line + left * channels;
      const to = line + right * channels;
      const kept = values.slice(from, from + channels);
      values.copyWithin(from, to, to + channels);
      values.set(kept, to);
    }
  }
}
