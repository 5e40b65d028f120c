import type { Segments } from './connected-segments.js';

/** The options of `felzenszwalb`, as scikit-image names them. */
export interface FelzenszwalbOptions {
  /** Higher values give larger segments. */
  readonly scale: number;
  /** The standard deviation of the Gaussian that smooths the image first, in positions. */
  readonly sigma: number;
  /** Smaller segments join a neighbour (`min_size`). */
  readonly minSize: number;
}

/** A pair of neighbouring positions, and how far their colours are apart. */
interface Edges {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly cost: Float64Array;
}

/**
 * Segments of an image by a minimum spanning forest (Felzenszwalb & Huttenlocher, "Efficient graph-based image segmentation", IJCV
 * 2004). Edges between the eight neighbours of each position are taken from the lowest cost to the highest. An edge joins two
 * segments if it costs less than the costliest edge inside each of them plus scale/255 over its size. Segments below `minSize` then
 * join the neighbour with the cheapest edge.
 *
 * The segments are those of `felzenszwalb` of scikit-image 0.26, numbered by their first position. Edges of the same cost are taken
 * in the order right, down, down-right, up-right; scikit-image leaves their order open.
 *
 * @param values finite
 * @param shape `[height, width, channels]`
 */
export function felzenszwalb(
  values: ArrayLike<number>,
  shape: readonly [height: number, width: number, channels: number],
  { scale, sigma, minSize }: FelzenszwalbOptions,
): Segments {
  const [height, width] = shape;
  const edges = edgesOf(smoothed(Float64Array.from(values), shape, sigma), shape);
  const roots = Int32Array.from({ length: height * width }, (_, position) => position);
  const sizes = new Int32Array(roots.length).fill(1);
  const inside = new Float64Array(roots.length);
  const rootOf = (position: number): number => {
    let root = position;
    while (roots[root] !== root) root = roots[root] ?? root;
    // Shorter ways for the next time.
    for (let at = position; at !== root;) {
      const next = roots[at] ?? root;
      roots[at] = root;
      at = next;
    }
    return root;
  };
  const join = (a: number, b: number): number => {
    const root = Math.min(a, b);
    sizes[root] = (sizes[a] ?? 0) + (sizes[b] ?? 0);
    roots[a] = root;
    roots[b] = root;
    return root;
  };
  const order = Int32Array.from({ length: edges.cost.length }, (_, edge) => edge).sort(
    (a, b) => (edges.cost[a] ?? 0) - (edges.cost[b] ?? 0) || a - b,
  );
  const bound = (root: number): number => (inside[root] ?? 0) + scale / 255 / (sizes[root] ?? 1);
  const ends = (edge: number) => [rootOf(edges.first[edge] ?? 0), rootOf(edges.second[edge] ?? 0)] as const;
  for (const edge of order) {
    const [a, b] = ends(edge);
    const cost = edges.cost[edge] ?? 0;
    if (a !== b && cost < Math.min(bound(a), bound(b))) inside[join(a, b)] = cost;
  }
  for (const edge of order) {
    const [a, b] = ends(edge);
    if (a !== b && ((sizes[a] ?? 0) < minSize || (sizes[b] ?? 0) < minSize)) join(a, b);
  }
  return numbered(roots.map((_, position) => rootOf(position)));
}

function edgesOf(colours: Float64Array, [height, width, channels]: readonly [number, number, number]): Edges {
  const steps = [
    [0, 1],
    [1, 0],
    [1, 1],
    [-1, 1],
  ] as const;
  const first: number[] = [];
  const second: number[] = [];
  const cost: number[] = [];
  for (const [down, right] of steps) {
    for (let y = Math.max(0, -down); y < height - Math.max(0, down); y++) {
      for (let x = 0; x < width - right; x++) {
        const [a, b] = [y * width + x, (y + down) * width + x + right];
        let square = 0;
        for (let c = 0; c < channels; c++) square += ((colours[a * channels + c] ?? 0) - (colours[b * channels + c] ?? 0)) ** 2;
        first.push(a);
        second.push(b);
        cost.push(Math.sqrt(square));
      }
    }
  }
  return { first: Int32Array.from(first), second: Int32Array.from(second), cost: Float64Array.from(cost) };
}

/** A Gaussian along both axes with reflected borders (d c b a | a b c d | d c b a), cut off at 4 σ, as scipy's. */
function smoothed(
  values: Float64Array<ArrayBuffer>,
  [height, width, channels]: readonly [number, number, number],
  sigma: number,
): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  if (sigma === 0 || radius === 0) return values;
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, at) => Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let from = values;
  for (const { extent, stride } of [
    { extent: height, stride: width * channels },
    { extent: width, stride: channels },
  ]) {
    const to = new Float64Array(from.length);
    for (let at = 0; at < to.length; at++) {
      const place = Math.floor(at / stride) % extent;
      let sum = 0;
      for (let step = -radius; step <= radius; step++)
        sum += ((weights[step + radius] ?? 0) / total) * (from[at + (reflected(place + step, extent) - place) * stride] ?? 0);
      to[at] = sum;
    }
    from = to;
  }
  return from;
}

function reflected(place: number, extent: number): number {
  const within = ((place % (2 * extent)) + 2 * extent) % (2 * extent);
  return within < extent ? within : 2 * extent - 1 - within;
}

/** Numbers from 0 in the order of the roots, which are the first positions of their segments. */
function numbered(rootOf: Int32Array): Segments {
  const numbers = new Map<number, number>();
  const segmentOf = new Int32Array(rootOf.length);
  for (const [position, root] of rootOf.entries()) {
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    segmentOf[position] = number;
  }
  return { segmentOf, count: numbers.size };
}
