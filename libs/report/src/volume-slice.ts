import { sizeOf, type Tensor } from '@xaigrid/tensor';

export interface VolumeSlice {
  /** `[height, width, channels]` */
  readonly input: Tensor;
  /** In the order that was given: `[height, width]`, or `[height, width, channels]`. */
  readonly maps: readonly Tensor[];
  /** `slice 3 of 8`, counted from 1; for each axis that is cut, the first first. */
  readonly caption: string;
}

/**
 * The shown slice of a volume: the slice along its first axis in which its maps weigh most, the same for all maps. A map's weight
 * in a slice is its share of Σ|value| there, so that no map dominates by its scale. Of equal slices the first is shown, so maps
 * of zeros show slice 1.
 * @param input `[depth, height, width, channels]`. With more axes of positions, all but the last two are cut.
 * @param maps the same, or without the channels
 */
export function volumeSlice(input: Tensor, maps: readonly Tensor[]): VolumeSlice {
  let shown: Omit<VolumeSlice, 'caption'> = { input, maps };
  const cuts: string[] = [];
  while (shown.input.shape.length > 3) {
    const [depth = 1] = shown.input.shape;
    const shares = shown.maps.map((map) => slicesOf(map).map(weight)).map((weights) => sharesOf(weights));
    const totals = Array.from({ length: depth }, (_, at) => shares.reduce((sum, share) => sum + (share[at] ?? 0), 0));
    const heaviest = totals.indexOf(Math.max(...totals));
    cuts.push(`slice ${heaviest + 1} of ${depth}`);
    shown = { input: sliceAt(shown.input, heaviest), maps: shown.maps.map((map) => sliceAt(map, heaviest)) };
  }
  return { ...shown, caption: cuts.join(', ') };
}

function slicesOf(tensor: Tensor): Tensor[] {
  return Array.from({ length: tensor.shape[0] ?? 0 }, (_, at) => sliceAt(tensor, at));
}

function sliceAt({ shape, data }: Tensor, at: number): Tensor {
  const rest = shape.slice(1);
  const size = sizeOf(rest);
  return { shape: rest, data: data.subarray(at * size, (at + 1) * size) };
}

function weight({ data }: Tensor): number {
  return data.reduce((sum, value) => sum + Math.abs(value), 0);
}

function sharesOf(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => (total > 0 ? value / total : 0));
}
