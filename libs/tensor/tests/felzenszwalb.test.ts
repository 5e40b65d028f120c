import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/scikit-image/felzenszwalb.json' with { type: 'json' };
import { felzenszwalb } from '../src/index.js';
import { waveImage } from './wave-image.js';

describe('the segments of Felzenszwalb and Huttenlocher', () => {
  it.each(goldens.cases)('are those of scikit-image: $name', ({ shape, waves, scale, sigma, minSize, segmentOf }) => {
    const [height = 1, width = 1, channels = 1] = shape;
    const found = felzenszwalb(waveImage(shape, waves), [height, width, channels], { scale, sigma, minSize });
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
