import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/scikit-image/quickshift.json' with { type: 'json' };
import { mostQuickshiftSegments, quickshift } from '../src/index.js';
import { numpyNormalsOfSeed42 } from '../src/random/pcg64.js';
import { waveImage } from './wave-image.js';

describe('the segments of quick shift', () => {
  it.each(goldens.cases)('are those of scikit-image: $name', ({ shape, waves, options, segmentOf }) => {
    const [height = 1, width = 1, channels = 1] = shape;
    const image = waves === null ? new Float64Array(height * width * channels).fill(0.5) : waveImage(shape, waves);
    const found = quickshift(image, [height, width, channels], options);
    expect([...found.segmentOf]).toEqual(segmentOf);
    expect(found.count).toBe(new Set(segmentOf).size);
    expect(found.count).toBeLessThanOrEqual(mostQuickshiftSegments([height, width, channels], options));
  });

  it('are bounded by what fits between the windows of their ends, or by the positions where distances are cut', () => {
    const options = { kernelSize: 4, maxDistance: 200, ratio: 0.2 };
    expect(mostQuickshiftSegments([224, 224, 3], options)).toBe(18 * 18);
    expect(mostQuickshiftSegments([224, 224, 3], { ...options, maxDistance: 10 })).toBe(224 * 224);
    expect(mostQuickshiftSegments([13, 14, 1], options)).toBe(2);
  });
});

describe('NumPy’s normal numbers of seed 42', () => {
  it('are those of default_rng, in the tail too', () => {
    const { count, first, last, tail, sum, squares } = goldens.normals;
    const normal = numpyNormalsOfSeed42();
    const found = Float64Array.from({ length: count }, () => normal());
    // The layers are computed here, and a table there: the last bit.
    const expectClose = (values: ArrayLike<number>, wanted: readonly number[]) => {
      for (const [at, value] of wanted.entries()) expect(values[at]).toBeCloseTo(value, 14);
    };
    expectClose(found, first);
    expectClose(found.subarray(-5), last);
    expect(tail.length).toBeGreaterThan(3);
    for (const [at = 0, value = NaN] of tail) expect(found[at]).toBeCloseTo(value, 14);
    expect(found.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 9);
    expect(found.reduce((total, value) => total + value ** 2, 0)).toBeCloseTo(squares, 8);
  });
});
