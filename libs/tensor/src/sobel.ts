import { sizeOf, type Tensor } from './tensor.js';

/**
 * The Sobel magnitude of one grid of values: along each axis the difference of the two neighbours, smoothed by ¼, ½, ¼ along the others; of
 * these the root mean square over the axes. As `sobel` of scikit-image 0.26.0 (skimage/filters/edges.py) for any number of axes; along one axis
 * that is |v[i + 1] − v[i − 1]|, twice the central difference, where scikit-image leaves the sign. Beyond the border a value repeats.
 * @param values `[...positions]`, any positive number of axes
 * @returns `[...positions]`, in float64
 */
export function sobelMagnitude({ shape, data }: Tensor): Float64Array<ArrayBuffer> {
  const squares = new Float64Array(sizeOf(shape));
  for (const axis of shape.keys()) {
    let filtered = Float64Array.from(data);
    for (const along of shape.keys()) filtered = alongAxis(filtered, shape, { along, filter: along === axis ? edge : smooth });
    for (const [at, value] of filtered.entries()) squares[at] = (squares[at] ?? 0) + value * value;
  }
  return squares.map((sum) => Math.sqrt(sum / shape.length));
}

/** Of a value with its two neighbours. */
type Filter = (before: number, own: number, after: number) => number;

const edge: Filter = (before, _own, after) => after - before;
const smooth: Filter = (before, own, after) => (before + 2 * own + after) / 4;

function alongAxis(
  values: Float64Array<ArrayBuffer>,
  shape: readonly number[],
  { along, filter }: { readonly along: number; readonly filter: Filter },
): Float64Array<ArrayBuffer> {
  const extent = shape[along] ?? 1;
  const stride = sizeOf(shape.slice(along + 1));
  return values.map((own, at) => {
    const place = Math.floor(at / stride) % extent;
    const before = place === 0 ? own : (values[at - stride] ?? own);
    const after = place === extent - 1 ? own : (values[at + stride] ?? own);
    return filter(before, own, after);
  });
}
