import { extremesOf } from '../src/index.js';

/** Stripes and a disc from 0 to 1, `[height, width, channels]`: as tests/parity/scikit-image/felzenszwalb.py makes it. */
export function waveImage([height = 1, width = 1, channels = 1]: readonly number[], waves: number): Float64Array {
  const values = Float32Array.from({ length: height * width * channels }, (_, at) => {
    const c = at % channels;
    const [y, x] = [Math.floor(at / channels / width), Math.floor(at / channels) % width];
    const distance = (y - (height - 1) / 2) ** 2 + (x - (width - 1) / 2) ** 2;
    const inside = distance < (Math.min(height, width) / 3) ** 2 ? 1 : 0;
    return Math.sin(waves * (y + 2 * x) + c) + 0.8 * inside * (c + 1) + 0.3 * Math.cos(1.7 * (4 * y + x) + 2 * c);
  });
  const { min, max } = extremesOf(values);
  return Float64Array.from(values, (value) => (value - min) / (max - min));
}
