import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodeNpy, encodeNpz, float32Of, parseNpz } from '@xaigrid/tensor';
import golden from './goldens/npz.json' with { type: 'json' };
import { expectError } from './thrown.js';

const options = { name: 'data.npz' };
const stored = Buffer.from(golden.stored, 'base64');
const deflated = Buffer.from(golden.deflated, 'base64');

describe('parseNpz', () => {
  it('reads what numpy.savez wrote', () => {
    const archive = parseNpz(stored, options);
    expect(archive.keys).toEqual(['x', 'y']);
    expect(float32Of(archive.array('x'))).toEqual({ shape: [3, 2], data: Float32Array.of(0, 1, 2, 3, 4, 5) });
  });

  it('reads what numpy.savez_compressed wrote', () => {
    const archive = parseNpz(deflated, options);
    expect(float32Of(archive.array('x')).shape).toEqual([100, 100]);
    expect([...float32Of(archive.array('y')).data]).toEqual([0, 1, 2]);
  });

  it('names the arrays there are when asked for another', () => {
    expectError(() => parseNpz(stored, options).array('z'), 'DATASET_UNREADABLE', /has no array "z"; its arrays: x, y\./);
  });

  it('unpacks nothing larger than maxBytes', () => {
    const bomb = zipSync({ 'x.npy': encodeNpy({ shape: [1_000_000], data: new Float32Array(1_000_000) }) });
    expect(bomb.length).toBeLessThan(10_000);
    expectError(
      () => parseNpz(bomb, { ...options, maxBytes: 1_000_000 }).array('x'),
      'DATASET_UNREADABLE',
      /\(array "x"\) has 3\.8 MiB/,
    );
  });

  it('believes no size that the archive understates', () => {
    const bomb = Buffer.from(zipSync({ 'x.npy': encodeNpy({ shape: [100_000], data: new Float32Array(100_000) }) }));
    // The unpacked size in the central directory, 24 bytes after its signature.
    bomb.writeUInt32LE(200, bomb.lastIndexOf('PK\x01\x02') + 24);
    expectError(() => parseNpz(bomb, options).array('x'), 'DATASET_UNREADABLE', /data\.npz/);
  });

  it('refuses an archive cut at any byte', () => {
    for (let length = 0; length < stored.length; length += 7) {
      expectError(
        () => parseNpz(stored.subarray(0, length), options),
        'DATASET_UNREADABLE',
        /^data\.npz is not a whole \.npz archive/,
      );
    }
  });

  it('refuses damaged contents', () => {
    const damaged = Buffer.from(deflated);
    damaged.fill(0xff, 60, 100);
    expectError(() => parseNpz(damaged, options).array('x'), 'DATASET_UNREADABLE', /data\.npz/);
  });
});

describe('encodeNpz', () => {
  it('writes what parseNpz reads, the same bytes for the same arrays', () => {
    const x = { shape: [2, 3], data: Float32Array.of(0, NaN, 1 / 3, -0, 5, 6) };
    const y = { shape: [0], data: new Int32Array() };
    const bytes = encodeNpz({ x, y });
    const archive = parseNpz(bytes, options);
    expect(archive.keys).toEqual(['x', 'y']);
    expect(float32Of(archive.array('x'))).toEqual(x);
    expect(archive.array('y')).toMatchObject({ shape: [0], dtype: { kind: 'i', itemSize: 4 } });
    expect(encodeNpz({ x, y })).toEqual(bytes);
  });
});
