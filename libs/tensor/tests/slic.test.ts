import { describe, expect, it } from 'vitest';
import goldens from '../../../tests/parity/scikit-image/slic.json' with { type: 'json' };
import { mostSegments, slic } from '../src/index.js';

/** As tests/parity/scikit-image/slic.py makes it: stripes, a disc and something of each at a finer scale. */
function imageOf(shape: readonly number[], waves: number): Float32Array<ArrayBuffer> {
  const extents = shape.slice(0, -1);
  const channels = shape.at(-1) ?? 1;
  const size = extents.reduce((a, b) => a * b, channels);
  return Float32Array.from({ length: size }, (_, at) => {
    const c = at % channels;
    let rest = Math.floor(at / channels);
    const place = extents.map(() => 0);
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      place[axis] = rest % (extents[axis] ?? 1);
      rest = Math.floor(rest / (extents[axis] ?? 1));
    }
    const sum = (of: (place: number, axis: number) => number) => place.map(of).reduce((a, b) => a + b, 0);
    const inside = sum((p, axis) => (p - ((extents[axis] ?? 1) - 1) / 2) ** 2) < (Math.min(...extents) / 3) ** 2 ? 1 : 0;
    const phase = sum((p, axis) => p * (axis + 1));
    const fine = sum((p, axis) => p * (extents.length - axis) ** 2);
    return Math.sin(waves * phase + c) + 0.8 * inside * (c + 1) + 0.3 * Math.cos(1.7 * fine + 2 * c);
  });
}

describe('SLIC', () => {
  // The numbers of segments too: the same loops give them in the same order.
  it.each(goldens.cases)(
    'finds the segments that scikit-image finds: $name',
    ({ name, shape, waves, segments, compactness, segmentOf }) => {
      const values = name === 'flat' ? new Float32Array(segmentOf.length).fill(1) : imageOf(shape, waves);
      const found = slic(values, shape, { segments, compactness });
      expect([...found.segmentOf]).toEqual(segmentOf);
      expect(found.count).toBe(new Set(segmentOf).size);
      expect(found.count).toBeLessThanOrEqual(mostSegments(shape, segments));
    },
  );

  it('does not depend on the scale of the values', () => {
    const values = imageOf([28, 28, 1], 0.4);
    // Powers of two are exact in float32: not a bit of the scaled image differs.
    const scaled = values.map((value) => 1024 * value);
    const options = { segments: 60, compactness: 0.1 };
    expect(slic(scaled, [28, 28, 1], options)).toEqual(slic(values, [28, 28, 1], options));
  });

  it('leaves every segment in one piece', () => {
    const [height, width] = [40, 32];
    const { segmentOf, count } = slic(imageOf([height, width, 1], 0.5), [height, width, 1], { segments: 25, compactness: 0.02 });
    const reached = new Set<number>();
    let pieces = 0;
    for (const [start, segment] of segmentOf.entries()) {
      if (reached.has(start)) continue;
      pieces++;
      const open = [start];
      reached.add(start);
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        const [y, x] = [Math.floor(at / width), at % width];
        const around = [
          y > 0 ? at - width : -1,
          y < height - 1 ? at + width : -1,
          x > 0 ? at - 1 : -1,
          x < width - 1 ? at + 1 : -1,
        ];
        for (const next of around) {
          if (next === -1 || reached.has(next) || segmentOf[next] !== segment) continue;
          reached.add(next);
          open.push(next);
        }
      }
    }
    expect(pieces).toBe(count);
  });
});
