import { encodeNpy } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { itemOf, readNpy } from '../src/api/npy.js';

describe('readNpy', () => {
  it.each([[[2, 3]], [[6]], [[1, 1, 2, 3]]])('reads what the server writes, of shape %j', (shape) => {
    const data = Float32Array.from([0, -1.5, NaN, Infinity, 1e-40, 3]);
    const { buffer, byteOffset, byteLength } = encodeNpy({ shape, data });
    expect(readNpy(buffer.slice(byteOffset, byteOffset + byteLength))).toEqual({ shape, data });
  });

  it('refuses numbers of another kind', () => {
    const bytes = encodeNpy({ shape: [1], data: Float32Array.of(1) });
    const text = new TextDecoder('latin1').decode(bytes).replace('<f4', '<f8');
    expect(() => readNpy(Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer)).toThrow('another kind than float32');
  });
});

it('itemOf takes one item of the first axis', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(itemOf({ shape: [3, 2], data }, 1)).toEqual({ shape: [2], data: Float32Array.of(3, 4) });
});
