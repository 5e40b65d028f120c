import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy, float32Of, float64Of, int32Of, openNpyRows, parseNpy, readNpy, writeNpy } from '@xaigrid/tensor';
import files from './goldens/npy.json' with { type: 'json' };
import refused from './goldens/npy-refused.json' with { type: 'json' };
import { expectError, expectRejection } from './thrown.js';

const options = { name: 'maps.npy' };
const goldens = Object.entries(files).map(([title, golden]) => ({ title, ...golden, bytes: Buffer.from(golden.npy, 'base64') }));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('parseNpy', () => {
  it.each(goldens)('reads what numpy wrote: $title', ({ bytes, shape, values }) => {
    const array = parseNpy(bytes, options);
    expect(float64Of(array)).toEqual({ shape, data: Float64Array.from(values) });
    expect(float32Of(array)).toEqual({ shape, data: Float32Array.from(values) });
  });

  it.each(Object.entries(refused))('refuses elements that are not real numbers: %s', (_, npy) => {
    expectError(
      () => parseNpy(Buffer.from(npy, 'base64'), options),
      'DATASET_UNREADABLE',
      /^maps\.npy (is a structured|holds text|has elements|holds Python)/,
    );
  });

  it('refuses a file cut at any byte, with the code it was given', () => {
    const [whole] = goldens;
    for (let length = 0; length < (whole?.bytes.length ?? 0); length++) {
      const cut = whole?.bytes.subarray(0, length) ?? new Uint8Array(0);
      expectError(
        () => parseNpy(cut, { name: 'maps.npy', code: 'MAPS_UNREADABLE' }),
        'MAPS_UNREADABLE',
        /^maps\.npy is (truncated|empty)/,
      );
    }
  });

  it.each([
    ['{"a"', /malformed \.npy header/],
    ["{'descr': '<f4', 'shape': (1,)}", /"fortran_order"/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': 3}", /"shape" is not a tuple/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", /an extent/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999)}", /impossible shape/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (999999999,)}", /3,814\.7 MiB of data; at most 512 MiB/],
    ["__import__('os')", /malformed \.npy header/],
    ['('.repeat(200), /malformed \.npy header/],
  ])('refuses the header %s', (text, message) => {
    const bytes = Buffer.from(`\x93NUMPY\x01\0\0\0${text.padEnd(200)}`, 'latin1');
    bytes.writeUInt16LE(bytes.length - 10, 8);
    expectError(() => parseNpy(bytes, options), 'DATASET_UNREADABLE', message);
  });

  it('refuses other files, versions and header lengths', () => {
    expectError(() => parseNpy(Buffer.from('PK\x03\x04 and so on'), options), 'DATASET_UNREADABLE', /is not a \.npy file/);
    expectError(() => parseNpy(Buffer.from('\x93NUMPY\x04\0________', 'latin1'), options), 'DATASET_UNREADABLE', /version 4/);
    expectError(
      () => parseNpy(Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1'), options),
      'DATASET_UNREADABLE',
      /4294967295 bytes/,
    );
  });

  it('honours maxBytes', () => {
    const bytes = encodeNpy({ shape: [100], data: new Float32Array(100) });
    expect(parseNpy(bytes, { ...options, maxBytes: 400 }).shape).toEqual([100]);
    expectError(() => parseNpy(bytes, { ...options, maxBytes: 399 }), 'DATASET_UNREADABLE', /at most/);
  });
});

describe('int32Of', () => {
  it('takes whole numbers of any type and refuses others', () => {
    const whole = parseNpy(encodeNpy({ shape: [2], data: Float32Array.of(3, -1) }), options);
    expect([...int32Of(whole, options).data]).toEqual([3, -1]);
    for (const value of [0.5, NaN, 2 ** 31]) {
      const other = parseNpy(encodeNpy({ shape: [2], data: Float64Array.of(1, value) }), options);
      expectError(() => int32Of(other, options), 'DATASET_UNREADABLE', /at position 1, where a whole number is needed/);
    }
  });
});

describe('encodeNpy', () => {
  it('writes byte for byte what numpy writes', () => {
    const float64 = goldens.find(({ title }) => title === 'scalar');
    expect(Buffer.from(encodeNpy({ shape: [], data: Float64Array.of(2.5) }))).toEqual(float64?.bytes);
    const float32 = goldens.find(({ title }) => title === '<f4');
    expect(Buffer.from(encodeNpy({ shape: [2, 3], data: Float32Array.from(float32?.values ?? []) }))).toEqual(float32?.bytes);
  });

  it.each([Float32Array.of(1, 2), Float64Array.of(1, 2), Int32Array.of(1, -2), Uint8Array.of(1, 2)])(
    'is read back: %s',
    (data) => {
      expect([...float64Of(parseNpy(encodeNpy({ shape: [2], data }), options)).data]).toEqual([...data]);
    },
  );

  it('refuses a shape that does not fit', () => {
    expectError(() => encodeNpy({ shape: [3], data: new Float32Array(2) }), 'SHAPE_MISMATCH', /needs 3 values, not 2/);
  });

  it('says which file cannot be written', async () => {
    const path = join(folder, 'missing', 'map.npy');
    await expectRejection(
      writeNpy(path, { shape: [1], data: new Float32Array(1) }),
      'FOLDER_UNWRITABLE',
      /map\.npy cannot be written/,
    );
  });
});

describe('openNpyRows', () => {
  it.each(goldens.filter(({ shape }) => shape.length > 0))(
    'reads single rows as the whole file has them: $title',
    async ({ title, bytes, shape, values }) => {
      const path = join(folder, `${title.replace(/\W/g, '_')}.npy`);
      await writeFile(path, bytes);
      const rows = await openNpyRows(path, options);
      const [count = 0, ...rest] = shape;
      const stride = count === 0 ? 0 : values.length / count;
      for (let row = 0; row < count; row++) {
        const read = float64Of(await rows.read(row, row + 1));
        expect(read).toEqual({ shape: [1, ...rest], data: Float64Array.from(values.slice(row * stride, (row + 1) * stride)) });
      }
      expect(float64Of(await rows.read(0, count)).data).toEqual(Float64Array.from(values));
      await rows.close();
    },
  );

  it('refuses missing, truncated and scalar files and rows outside', async () => {
    await expectRejection(openNpyRows(join(folder, 'none.npy'), options), 'DATASET_UNREADABLE', /maps\.npy does not exist/);
    await expectRejection(readNpy(folder, options), 'DATASET_UNREADABLE', /is a folder/);
    const path = join(folder, 'cut.npy');
    const bytes = encodeNpy({ shape: [10], data: new Float32Array(10) });
    await writeFile(path, bytes.subarray(0, -1));
    await expectRejection(
      openNpyRows(path, options),
      'DATASET_UNREADABLE',
      /shape \[10\] needs 40 bytes of data and 39 are there/,
    );
    await writeFile(path, encodeNpy({ shape: [], data: new Float32Array(1) }));
    await expectRejection(openNpyRows(path, options), 'DATASET_UNREADABLE', /single number/);
    await writeFile(path, bytes);
    const rows = await openNpyRows(path, options);
    await expect(rows.read(5, 11)).rejects.toThrow(RangeError);
    await rows.close();
  });

  it('says so when the file becomes shorter while it is read', async () => {
    const path = join(folder, 'shrinking.npy');
    const bytes = encodeNpy({ shape: [10], data: new Float32Array(10) });
    await writeFile(path, bytes);
    const rows = await openNpyRows(path, options);
    await writeFile(path, bytes.subarray(0, -8));
    await expectRejection(rows.read(8, 10), 'DATASET_UNREADABLE', /became shorter/);
    await rows.close();
  });
});
