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
export function channelsLast({ shape, data }: Tensor): Tensor {
  const [rows = 0, ...stored] = shape;
  const [channels = 1, ...positions] = stored;
  const size = sizeOf(positions);
  const moved = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const start = row * channels * size;
    for (let channel = 0; channel < channels; channel++) {
      const from = start + channel * size;
      for (let position = 0; position < size; position++)
        moved[start + position * channels + channel] = data[from + position] ?? 0;
    }
  }
  return { shape: [rows, ...channelsLastShape(stored)], data: moved };
}

/** `[n, ...positions, channels]` → `[n, channels, ...positions]`, as `numpy.moveaxis(x, -1, 1)`; in its own memory. */
export function channelsFirst({ shape, data }: Tensor): Tensor {
  const [rows = 0, ...stored] = shape;
  const channels = stored.at(-1) ?? 1;
  const size = sizeOf(stored.slice(0, -1));
  const moved = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const start = row * channels * size;
    for (let channel = 0; channel < channels; channel++) {
      const to = start + channel * size;
      for (let position = 0; position < size; position++) moved[to + position] = data[start + position * channels + channel] ?? 0;
    }
  }
  return { shape: [rows, ...channelsFirstShape(stored)], data: moved };
}
