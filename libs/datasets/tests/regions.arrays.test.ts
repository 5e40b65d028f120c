import { join } from 'node:path';
import { encodeNpy, type TypedArray } from '@xaigrid/tensor';
import { writeFileSync } from 'node:fs';
import type { Dataset } from '@xaigrid/datasets';
import { afterAll, describe, expect, it } from 'vitest';
import { expectRejection, openDataset, temporaryFolder } from './open-dataset.js';

const folder = temporaryFolder();

function npy(name: string, shape: readonly number[], data: TypedArray): string {
  writeFileSync(join(folder, name), encodeNpy({ shape, data }));
  return name;
}

/** Signals of length 4 with two channels; classes 0, 1, 1. */
const x = npy(
  'x.npy',
  [3, 4, 2],
  Float32Array.from({ length: 24 }, (_, at) => at),
);
const y = npy('y.npy', [3], Int32Array.of(0, 1, 1));
const masks = npy('masks.npy', [3, 4], Uint8Array.of(0, 7, 7, 0, 0, 0, 0, 0, 1, 0, 0, 2));
const opened: Dataset[] = [];
afterAll(() => Promise.all(opened.map((dataset) => dataset.close())));

async function opens(entry: Parameters<typeof openDataset>[0]): Promise<Dataset> {
  const dataset = await openDataset(entry, folder);
  opened.push(dataset);
  return dataset;
}
const open = (regions?: unknown) => opens({ kind: 'npy', x, y, ...(regions === undefined ? {} : { regions }) });

describe('regions of arrays', () => {
  it('are any number but 0, of samples of any shape', async () => {
    const dataset = await open(masks);
    const { regions } = await dataset.read(0, 3);
    expect(regions).toEqual({ shape: [3, 4], data: Float32Array.of(0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1) });
    const picked = await dataset.readAt(Int32Array.of(2, 0, 1));
    expect(picked.regions?.data).toEqual(Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0));
    expect(dataset.info.notes).toEqual(['masks.npy: 2 of 3 samples have a region; 1 has none: 1 with an empty one.']);
  });

  it('are of classes from firstClass on: those of the label, or any', async () => {
    const own = await open({ npy: masks, firstClass: 1, ignore: [7] });
    expect((await own.read(0, 3)).regions?.data).toEqual(Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
    const other = await open({ npy: masks, firstClass: 2, ignore: [7] });
    expect(other.info.notes?.[0]).toContain(
      '0 of 3 samples have a region; 3 have none: 2 with an empty one, 1 with other classes only',
    );
    const any = await open({ npy: masks, firstClass: 1, ignore: [7], of: 'any' });
    expect((await any.read(2, 3)).regions?.data).toEqual(Float32Array.of(1, 0, 0, 1));
  });

  it('of samples with several labels are those of all of them', async () => {
    const sets = npy('sets.npy', [3, 2], Uint8Array.of(1, 1, 0, 1, 0, 0));
    const dataset = await opens({
      kind: 'npy',
      x,
      y: sets,
      regions: { npy: npy('two.npy', [3, 4], Uint8Array.of(1, 2, 0, 0, 1, 2, 0, 0, 1, 2, 0, 0)), firstClass: 1 },
    });
    expect((await dataset.read(0, 3)).regions?.data).toEqual(Float32Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0));
  });

  it('have a fingerprint of their own, and leave that of the data set', async () => {
    const infos = [
      await open(masks),
      await open({ npy: masks, of: 'any' }),
      await open(npy('m2.npy', [3, 4], new Uint8Array(12))),
    ].map(({ info }) => info);
    expect(new Set(infos.map(({ regionsFingerprint }) => regionsFingerprint)).size).toBe(3);
    expect(new Set([(await open()).info, ...infos].map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect((await open()).info.regions).toBeUndefined();
  });

  it('of the features of a table are [n, features]', async () => {
    writeFileSync(join(folder, 't.csv'), 'a,b,label\n1,2,0\n3,4,1\n');
    const dataset = await opens({ kind: 'csv', path: 't.csv', regions: npy('t.npy', [2, 2], Float32Array.of(0, 1, 1, 0)) });
    expect((await dataset.read(0, 2)).regions).toEqual({ shape: [2, 2], data: Float32Array.of(0, 1, 1, 0) });
  });

  it.each([
    [
      'another shape',
      () => npy('bad.npy', [3, 4, 2], new Uint8Array(24)),
      'SHAPE_MISMATCH',
      /bad\.npy has shape \[3, 4, 2\], and regions of this data set are \[3, 4\]/,
    ],
    [
      'a value without a class',
      () => ({ npy: masks, firstClass: 1 }),
      'DATASET_UNREADABLE',
      /masks\.npy, sample 0, has the value 7, which is no class: classes are 1 … 2/,
    ],
    [
      'NaN',
      () => npy('nan.npy', [3, 4], new Float32Array(12).fill(NaN, 5)),
      'DATASET_UNREADABLE',
      /nan\.npy has a value at sample 1 that is no number/,
    ],
  ] as const)('with %s are refused when they are opened', async (_what, regions, code, message) => {
    await expectRejection(open(regions()), code, message);
  });
});
