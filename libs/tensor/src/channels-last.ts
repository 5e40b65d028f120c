import { sizeOf, type Tensor } from './tensor.js';

/** `[channels, ...positions]` → `[...positions, channels]`. */
export function channelsLastShape([channels, ...positions]: readonly number[]): number[] {
  return channels === undefined ? [] : [...positions, channels];
}

/** `[...positions, channels]` → `[channels, ...positions]`. */
export function channelsFirstShape(shape: readonly number[]): number[] {
  const channels = shape.at(-1);
  return channels === undefined ? [] : [channels, ...shape.slice(0, -1)];
}

/** `[n, channels, ...positions]` → `[n, ...positions, channels]`, as `numpy.moveaxis(x, 1, -1)`; in its own memory. */
export function channelsLast({ shape: [rows = 0, ...stored], data }: Tensor): Tensor {
  const [channels = 1, ...positions] = stored;
  return {
    shape: [rows, ...channelsLastShape(stored)],
    data: transposedRows(data, { rows, height: channels, width: sizeOf(positions) }),
  };
}

/** `[n, ...positions, channels]` → `[n, channels, ...positions]`, as `numpy.moveaxis(x, -1, 1)`; in its own memory. */
export function channelsFirst({ shape: [rows = 0, ...stored], data }: Tensor): Tensor {
  const channels = stored.at(-1) ?? 1;
  const height = sizeOf(stored.slice(0, -1));
  return { shape: [rows, ...channelsFirstShape(stored)], data: transposedRows(data, { rows, height, width: channels }) };
}

/** `[rows, height, width]` → `[rows, width, height]` */
function transposedRows(
  data: Float32Array,
  { rows, height, width }: { readonly rows: number; readonly height: number; readonly width: number },
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const start = row * height * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) moved[start + x * height + y] = data[start + y * width + x] ?? 0;
    }
  }
  return moved;
}
