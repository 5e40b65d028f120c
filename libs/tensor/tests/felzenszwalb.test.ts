import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/scikit-image/felzenszwalb.json' with { type: 'json' };
import { extremesOf, felzenszwalb } from '../src/index.js';

/** As tests/parity/scikit-image/felzenszwalb.py makes it. */
function imageOf([height = 1, width = 1, channels = 1]: readonly number[], waves: number): Float64Array {
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

describe('the segments of Felzenszwalb and Huttenlocher', () => {
  it.each(goldens.cases)('are those of scikit-image: $name', ({ shape, waves, scale, sigma, minSize, segmentOf }) => {
    const [height = 1, width = 1, channels = 1] = shape;
    const found = felzenszwalb(imageOf(shape, waves), [height, width, channels], { scale, sigma, minSize });
    expect([...found.segmentOf]).toEqual(segmentOf);
    expect(found.count).toBe(new Set(segmentOf).size);
  });

  it('of two flat halves are the halves, whatever is smaller joins the other', () => {
    const values = Float64Array.from({ length: 48 }, (_, at) => (at % 8 < 3 ? 0 : 1));
    const options = { scale: 1, sigma: 0, minSize: 1 };
    const halves = Array.from(values);
    expect([...felzenszwalb(values, [6, 8, 1], options).segmentOf]).toEqual(halves);
    expect(felzenszwalb(values, [6, 8, 1], { ...options, minSize: 19 }).count).toBe(1);
  });
});
