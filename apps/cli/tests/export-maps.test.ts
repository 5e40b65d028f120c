import { mkdirSync, mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { float32Of, readNpy } from '@xaigrid/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportMaps } from '../src/export/export-maps.js';

const evaluation = { ordinal: 2, label: 'sise layers=["a"]', samples: 10 };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xaigrid-export-'));
  mkdirSync(join(folder, 'maps'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Sample i's map is [i, i + 0.5]; only these samples have one. */
function storedMaps(stored: readonly number[]) {
  return {
    evaluation: () =>
      Promise.resolve({ classNames: ['no', 'yes'], featureNames: ['acid', 'hue'], sampleShape: [2], storedPredictions: 10 }),
    maps: (_reference: string, _ordinal: number, start: number, end: number) => {
      const indices = Array.from({ length: end - start }, (_, at) => start + at);
      const missing = indices.find((index) => !stored.includes(index));
      if (missing !== undefined) return Promise.reject(new XaigridError('MAP_NOT_FOUND', `No map of ${missing}.`));
      return Promise.resolve({
        maps: { shape: [indices.length, 2], data: Float32Array.from(indices.flatMap((index) => [index, index + 0.5])) },
        degenerate: indices.map(() => false),
      });
    },
    mapRecords: (_reference: string, _ordinal: number, start: number, end: number) =>
      Promise.resolve(
        stored
          .filter((index) => index >= start && index < end)
          .map((sampleIndex) => ({
            sampleIndex,
            degenerate: sampleIndex === 4,
            diagnostics: { meanStandardError: sampleIndex / 8, additivityError: NaN },
          })),
      ),
  };
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, at) => start + at);
const readMaps = async (name = '') => float32Of(await readNpy(join(folder, name), { name: 'maps' }));
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('exported maps', () => {
  it('are one file with row i for sample i, and one with what is known of each', async () => {
    const { manifest, files } = await exportMaps(folder, 'run', evaluation, storedMaps(range(0, 10)));
    expect(manifest).toEqual({
      ...{ evaluation: 2, label: evaluation.label, samples: 10, missing: [] },
      ...{ classNames: ['no', 'yes'], featureNames: ['acid', 'hue'] },
      ...{ file: 'maps/2-sise-layers=-a-.npy', records: 'maps/2-sise-layers=-a-.csv' },
    });
    expect(files.map(({ name }) => name)).toEqual([manifest.file, manifest.records]);
    const { shape, data } = await readMaps(manifest.file);
    expect(shape).toEqual([10, 2]);
    expect([...data]).toEqual(range(0, 10).flatMap((index) => [index, index + 0.5]));
    const lines = read(manifest.records).split('\n');
    expect(lines[0]).toBe('sample,degenerate,meanStandardError,additivityError');
    expect(lines[5]).toBe('4,true,0.5,NaN');
    expect(lines).toHaveLength(12);
  });

  it('of an evaluation with some missing have rows of NaN for these, which the manifest names', async () => {
    const { manifest } = await exportMaps(folder, 'run', evaluation, storedMaps([1, 2, 3, 6, 8]));
    expect(manifest.missing).toEqual([
      [0, 1],
      [4, 6],
      [7, 8],
      [9, 10],
    ]);
    const { data } = await readMaps(manifest.file);
    const rows = range(0, 10).map((index) => [data[2 * index], data[2 * index + 1]]);
    for (const [index, row] of rows.entries())
      expect(row).toEqual([1, 2, 3, 6, 8].includes(index) ? [index, index + 0.5] : [NaN, NaN]);
    expect(read(manifest.records).trim().split('\n')).toHaveLength(6);
  });

  it('of an evaluation without any are no file of maps', async () => {
    const { manifest } = await exportMaps(folder, 'run', evaluation, storedMaps([]));
    expect(manifest).toEqual({
      ...{ evaluation: 2, label: evaluation.label, samples: 10, records: 'maps/2-sise-layers=-a-.csv', missing: [[0, 10]] },
      ...{ classNames: ['no', 'yes'], featureNames: ['acid', 'hue'] },
    });
    expect(existsSync(join(folder, 'maps/2-sise-layers=-a-.npy'))).toBe(false);
  });

  it('of a choice of samples have a row for each of these, which the manifest names', async () => {
    const sampleIndices = [3, 4, 11, 17];
    const stored = storedMaps([3, 4, 17]);
    const control = {
      ...stored,
      evaluation: () => Promise.resolve({ classNames: [], sampleShape: [2], storedPredictions: 4, sampleIndices }),
      // As the store answers: of a range only the samples that were chosen.
      maps: async (reference: string, ordinal: number, start: number, end: number) => {
        const parts = sampleIndices
          .filter((index) => index >= start && index < end)
          .map((index) => stored.maps(reference, ordinal, index, index + 1));
        const values = (await Promise.all(parts)).flatMap(({ maps }) => [...maps.data]);
        return { maps: { shape: [parts.length, 2], data: Float32Array.from(values) }, degenerate: parts.map(() => false) };
      },
    };
    const chosen = { choose: 'stratified' as const, seed: 7, sha256: '0'.repeat(64) };
    const { manifest } = await exportMaps(folder, 'run', { ...evaluation, samples: 4, chosen }, control);
    expect(manifest).toMatchObject({ samples: 4, sampleIndices, missing: [[2, 3]] });
    const { shape, data } = await readMaps(manifest.file);
    expect(shape).toEqual([4, 2]);
    expect([...data]).toEqual([3, 3.5, 4, 4.5, NaN, NaN, 17, 17.5]);
    expect(
      read(manifest.records)
        .trim()
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toEqual(['sample', '3', '4', '17']);
  });

  it('do not take an unreachable store for missing maps', async () => {
    const unreachable = new XaigridError('DATABASE_UNREACHABLE', 'gone');
    const maps = { ...storedMaps(range(0, 10)), maps: () => Promise.reject(unreachable) };
    await expect(exportMaps(folder, 'run', evaluation, maps)).rejects.toBe(unreachable);
    const records = { ...storedMaps(range(0, 10)), mapRecords: () => Promise.reject(unreachable) };
    await expect(exportMaps(folder, 'run', evaluation, records)).rejects.toBe(unreachable);
  });
});
