import { sizeOf, type Tensor } from '@xaigrid/tensor';

/** One map after the other, `[n, ...grid]`, of feature maps `[n, ...grid, channels]`. */
export function mapsOfSamples(
  { shape: whole }: Pick<Tensor, 'shape'>,
  ofSample: (asked: { readonly sample: number; readonly places: number; readonly channels: number }) => ArrayLike<number>,
): Tensor {
  const shape = whole.slice(0, -1);
  const channels = whole.at(-1) ?? 1;
  const places = sizeOf(shape.slice(1));
  const data = new Float32Array(sizeOf(shape));
  for (let sample = 0; sample < (shape[0] ?? 0); sample++) data.set(ofSample({ sample, places, channels }), sample * places);
  return { shape, data };
}
