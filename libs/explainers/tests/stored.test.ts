import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stored } from '../src/stored.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, sampleInputs, sampleModel } from './sample-model.js';

const engine = closedFormEngine(sampleModel([4, 2]));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xaigrid-stored-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Row n is n, n + 0.5, n + 1, … */
function numbered(rows: number, shape: readonly number[]) {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    shape: [rows, ...shape],
    data: Float32Array.from({ length: rows * size }, (_, i) => Math.floor(i / size) + (i % size) / 2),
  };
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function explain(path: string, sampleIndices: readonly number[], more: { readonly key?: string; readonly layout?: string } = {}) {
  const count = sampleIndices.length;
  return explainOnce(
    stored,
    { engine, params: { path, ...more }, filePaths: [path] },
    { inputs: sampleInputs([4, 2], count), classes: new Int32Array(count), sampleIndices: Int32Array.from(sampleIndices) },
  );
}

/*
 * numpy.savez_compressed(f, maps=numpy.arange(8, dtype='>i2').reshape(2, 4)) and, for two arrays,
 * numpy.savez_compressed(f, a=numpy.zeros((1, 4)), b=numpy.arange(4.0)[None]); base64 of the files.
 */
const NPZ =
  'UEsDBBQAAAAIAAAAIQB4AKPfVgAAAJAAAAAIABQAbWFwcy5ucHkBABAAkAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6XaaSuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CiaaOgq1CmQDLgYGBkYGJgZmBhYGVgY2BnYAUEsBAhQDFAAAAAgAAAAhAHgAo99WAAAAkAAAAAgAAAAAAAAAAAAAAIABAAAAAG1hcHMubnB5UEsFBgAAAAABAAEANgAAAJAAAAAAAA==';
const NPZ_TWO =
  'UEsDBBQAAAAIAAAAIQDvIDYXSQAAAKAAAAAFABQAYS5ucHkBABAAoAAAAAAAAABJAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CiaaOgq1CmQDLgYCAABQSwMEFAAAAAgAAAAhAOsC0u9RAAAAoAAAAAUAFABiLm5weQEAEACgAAAAAAAAAFEAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKJpo6CrUKZAMuBhTwwR7KcIBQHA4AUEsBAhQDFAAAAAgAAAAhAO8gNhdJAAAAoAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAhQDFAAAAAgAAAAhAOsC0u9RAAAAoAAAAAUAAAAAAAAAAAAAAIABgAAAAGIubnB5UEsFBgAAAAACAAIAZgAAAAgBAAAAAA==';

describe('stored maps', () => {
  it('are the rows of the sample indices, in any order', async () => {
    const path = file('positions.npy', encodeNpy(numbered(10, [4])));
    const { maps, degenerate, diagnostics } = await explain(path, [7, 8, 2]);
    expect(maps.shape).toEqual([3, 4]);
    expect([...maps.data]).toEqual([7, 7.5, 8, 8.5, 8, 8.5, 9, 9.5, 2, 2.5, 3, 3.5]);
    expect(degenerate).toEqual([false, false, false]);
    expect(diagnostics).toEqual({});
  });

  it.each([
    { fileShape: [4], mapShape: [4] },
    { fileShape: [4, 1], mapShape: [4] },
    { fileShape: [4, 2], mapShape: [4, 2] },
  ])('of shape $fileShape are maps of shape $mapShape', async ({ fileShape, mapShape }) => {
    const path = file('shape.npy', encodeNpy(numbered(3, fileShape)));
    expect((await explain(path, [0, 1])).maps.shape).toEqual([2, ...mapShape]);
  });

  it('with their channels first are turned', async () => {
    const path = file('first.npy', encodeNpy(numbered(3, [2, 4])));
    const { maps } = await explain(path, [1]);
    expect(maps.shape).toEqual([1, 4, 2]);
    // 1, 1.5, 2, 2.5 of the first channel and 3, 3.5, 4, 4.5 of the second.
    expect([...maps.data]).toEqual([1, 3, 1.5, 3.5, 2, 4, 2.5, 4.5]);
    await expect(explain(path, [1], { layout: 'channels-last' })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining('It would fit with layout: channels-first.') as string,
    });
  });

  it('that may have their channels first or last are not guessed at', async () => {
    const square = closedFormEngine(sampleModel([2, 2]));
    const path = file('square.npy', encodeNpy(numbered(3, [2, 2])));
    const drawn = (layout: string) =>
      explainOnce(
        stored,
        { engine: square, params: { path, layout }, filePaths: [path] },
        { inputs: sampleInputs([2, 2], 1), classes: new Int32Array(1), sampleIndices: Int32Array.of(1) },
      );
    await expect(drawn('auto')).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: `${path} has the shape [3, 2, 2], which may have its channels first or last. Set layout: channels-first or layout: channels-last.`,
    });
    expect([...(await drawn('channels-last')).maps.data]).toEqual([1, 1.5, 2, 2.5]);
    expect([...(await drawn('channels-first')).maps.data]).toEqual([1, 2, 1.5, 2.5]);
  });

  it('come from a .npz file too, of any number type', async () => {
    const path = file('maps.npz', Buffer.from(NPZ, 'base64'));
    expect([...(await explain(path, [1])).maps.data]).toEqual([4, 5, 6, 7]);
    expect([...(await explain(path, [0], { key: 'maps' })).maps.data]).toEqual([0, 1, 2, 3]);
  });

  it('of a .npz file with several arrays are chosen by key', async () => {
    const path = file('two.npz', Buffer.from(NPZ_TWO, 'base64'));
    expect([...(await explain(path, [0], { key: 'b' })).maps.data]).toEqual([0, 1, 2, 3]);
    expect((await explain(path, [0], { key: 'a' })).degenerate).toEqual([true]);
    await expect(explain(path, [0])).rejects.toMatchObject({
      code: 'MAPS_UNREADABLE',
      message: expect.stringContaining('Choose one with "key": a, b') as string,
    });
    await expect(explain(path, [0], { key: 'c' })).rejects.toMatchObject({
      code: 'MAPS_UNREADABLE',
      message: expect.stringContaining('a, b') as string,
    });
  });

  it('must fit the model', async () => {
    const path = file('wrong.npy', encodeNpy(numbered(3, [5])));
    await expect(explain(path, [0])).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: `${path} has the shape [3, 5]; maps for this model are [samples, 4], [samples, 4, 2] or, channels first, [samples, 2, 4].`,
    });
  });

  it('must cover the samples', async () => {
    const path = file('short.npy', encodeNpy(numbered(3, [4])));
    await expect(explain(path, [2, 3])).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining('holds 3 maps, none for sample 3') as string,
    });
  });

  it('must be finite', async () => {
    const maps = numbered(3, [4]);
    maps.data[9] = NaN;
    await expect(explain(file('nan.npy', encodeNpy(maps)), [1, 2])).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/nan\.npy holds NaN in row 2, the map of sample 2\. .*correct the file\.$/) as string,
    });
  });

  it('are referred to by their hash, not their path', async () => {
    const bytes = encodeNpy(numbered(3, [4]));
    file('hashed.npy', bytes);
    const params = stored.params.parse({ path: 'hashed.npy' });
    const [reference] = await stored.files(params, folder);
    expect(reference).toEqual({
      name: 'hashed.npy',
      sha256: sha256(bytes),
      size: bytes.length,
      path: join(folder, 'hashed.npy'),
    });
    const plannedParams = stored.plannedParams(params, engine.model);
    expect(JSON.stringify(plannedParams)).not.toContain('hashed');
    expect(stored.plannedParams(stored.params.parse(plannedParams), engine.model)).toEqual(plannedParams);
  });

  it.each([
    { name: 'missing.npy', make: () => undefined, says: 'does not exist' },
    { name: 'text.npy', make: (path: string) => writeFileSync(path, 'not numpy'), says: 'is not a .npy file' },
    { name: 'broken.npz', make: (path: string) => writeFileSync(path, 'PK but no archive'), says: 'is not a whole .npz archive' },
    {
      name: 'truncated.npy',
      make: (path: string) => {
        writeFileSync(path, encodeNpy(numbered(3, [4])));
        truncateSync(path, 150);
      },
      says: 'is truncated',
    },
  ])('that are $name are refused when the run is planned', async ({ name, make, says }) => {
    make(join(folder, name));
    await expect(stored.files(stored.params.parse({ path: name }), folder)).rejects.toMatchObject({
      code: 'MAPS_UNREADABLE',
      message: expect.stringContaining(says) as string,
    });
  });
});
