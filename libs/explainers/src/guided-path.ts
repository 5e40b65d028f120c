type Values = Float32Array | Float64Array;

/** Distances to the end of a step that count as none, absolute and as a share. */
const CLOSE = 1e-9;

/** A path from a start to a sample that moves the values with the smallest gradients first. */
export interface GuidedPath {
  /** Where it is: the start at first, the sample after all steps. */
  readonly point: Float64Array;
  /** Σ (change of the point) ⊙ gradient so far. */
  readonly attribution: Float64Array;
  /** Goes one step. @param gradient at `point` */
  advance(gradient: Values): void;
}

/**
 * The path of Guided-IG (Kapishnikov et al. 2021, algorithm 1), as `guided_ig_impl` of saliency 0.2.1. Each step brings the
 * point by 1/steps nearer to the sample in L1 distance. It moves the values whose gradients are below a quantile, as far as they
 * may be ahead of the straight path, then the next, until the distance is reached. Values that are too far behind are brought up
 * first.
 */
export function guidedPath(options: {
  readonly x: Values;
  readonly start: Values;
  readonly steps: number;
  readonly fraction: number;
  readonly maxDistance: number;
}): GuidedPath {
  const { x, start, steps, fraction, maxDistance } = options;
  const size = x.length;
  const way = Float64Array.from(x, (value, at) => value - (start[at] ?? NaN));
  const total = way.reduce((sum, one) => sum + Math.abs(one), 0);
  const point = Float64Array.from(start);
  const attribution = new Float64Array(size);
  const farthest = new Float64Array(size);
  const sizes = new Float64Array(size);
  let step = 0;

  /** Moves one value and adds what that changes. */
  function move(at: number, to: number, gradient: Values): void {
    attribution[at] = (attribution[at] ?? 0) + (to - (point[at] ?? NaN)) * (gradient[at] ?? NaN);
    point[at] = to;
  }
  const at = (values: Values, index: number): number => values[index] ?? NaN;
  const along = (alpha: number, index: number): number => at(start, index) + at(way, index) * alpha;

  function catchUp(least: number, gradient: Values): void {
    for (let index = 0; index < size; index++) {
      const own = at(way, index);
      if (own !== 0 && (at(point, index) - at(start, index)) / own < least) move(index, along(least, index), gradient);
    }
  }

  /** One round of a step. @returns whether the step has reached its distance */
  function round(gradient: Values, target: number): boolean {
    let left = 0;
    for (let index = 0; index < size; index++) left += Math.abs(at(point, index) - at(x, index));
    if (Math.abs(target - left) <= Math.max(CLOSE * Math.max(target, left), CLOSE)) return true;
    // Values that are as far as they may be are never chosen.
    for (let index = 0; index < size; index++)
      sizes[index] = at(point, index) === at(farthest, index) ? Infinity : Math.abs(at(gradient, index));
    const threshold = at(sizes.slice().sort(), Math.floor(fraction * (size - 1)));
    const isChosen = (index: number) => at(sizes, index) <= threshold && at(sizes, index) !== Infinity;
    let reach = 0;
    for (let index = 0; index < size; index++) if (isChosen(index)) reach += Math.abs(at(point, index) - at(farthest, index));
    if (reach === 0) return true;
    const share = (left - target) / reach;
    for (let index = 0; index < size; index++) {
      if (!isChosen(index)) continue;
      const [from, to] = [at(point, index), at(farthest, index)];
      move(index, share > 1 ? to : from + (to - from) * share, gradient);
    }
    return share <= 1;
  }

  return {
    point,
    attribution,
    advance(gradient) {
      step++;
      if (total === 0) return;
      const alpha = step / steps;
      const least = Math.max(alpha - maxDistance, 0);
      const most = Math.min(alpha + maxDistance, 1);
      for (let index = 0; index < size; index++) farthest[index] = along(most, index);
      const target = total * (1 - alpha);
      catchUp(least, gradient);
      while (!round(gradient, target)) catchUp(least, gradient);
    },
  };
}
