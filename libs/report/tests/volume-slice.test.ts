import type { Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { mapPicture } from '../src/index.js';
import { galleryPanels } from '../src/page/index.js';
import { volumeSlice } from '../src/volume-slice.js';

/** Value i at position i. */
function counted(shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, at) => at) };
}

function mapWith(values: readonly (readonly [at: number, value: number])[], shape: readonly number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (const [at, value] of values) data[at] = value;
  return { shape, data };
}

describe('volumeSlice', () => {
  it('leaves images as they are', () => {
    const [image, map] = [counted([2, 2, 1]), counted([2, 2])];
    expect(volumeSlice(image, [map])).toEqual({ input: image, maps: [map], caption: '' });
  });

  it('takes the slice that holds most of a map, by absolute values', () => {
    const map = mapWith(
      [
        [1, 0.5],
        [5, -2],
        [8, 1],
      ],
      [3, 2, 2],
    );
    const { input, maps, caption } = volumeSlice(counted([3, 2, 2, 2]), [map]);
    expect(caption).toBe('slice 2 of 3');
    expect([...input.data]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(maps).toEqual([{ shape: [2, 2], data: Float32Array.of(0, -2, 0, 0) }]);
  });

  it('lets no map outweigh the others by its scale', () => {
    const large = mapWith(
      [
        [0, 600],
        [8, 400],
      ],
      [3, 2, 2],
    );
    const small = mapWith([[9, 0.001]], [3, 2, 2]);
    expect(volumeSlice(counted([3, 2, 2, 1]), [large, small]).caption).toBe('slice 3 of 3');
  });

  it('takes the first of maps of zeros, and a slice of each axis before the last two', () => {
    expect(volumeSlice(counted([3, 4, 2, 2, 1]), [mapWith([], [3, 4, 2, 2])]).caption).toBe('slice 1 of 3, slice 1 of 4');
  });
});

it('shows volumes by one slice, and says which, in a terminal and in a gallery', async () => {
  const input = counted([3, 4, 4, 1]);
  const map = mapWith([[32, 1]], [3, 4, 4]);
  const text = mapPicture(input, map, { width: 80 });
  expect(text).toContain('input, slice 3 of 3  (32.00 to 47.00)');
  expect(text).toContain('map, slice 3 of 3  (0.000 to 1.000)');
  const samples = [{ caption: 'Sample 7', input, maps: [{ method: 'sise', note: 'drop rate 0.100', map }] }];
  const [figure] = await galleryPanels(samples, {
    ...{ name: 'volumes', title: 'Maps', setting: {}, limits: { side: 100, positions: 100 } },
  });
  expect(figure?.svg).toContain('Sample 7, slice 3 of 3, the slice with the largest map values');
  expect(figure?.svg.match(/<image /g)).toHaveLength(3);
});
