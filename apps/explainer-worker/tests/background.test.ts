import type { Dataset } from '@xaigrid/datasets';
import { describe, expect, it } from 'vitest';
import { backgroundOf } from '../src/background.js';

/** Samples that are their own index; `reads` counts how often they are read. */
function countingDataset(): { dataset: Dataset; reads: () => number } {
  let reads = 0;
  const batch = (indices: ArrayLike<number>) => {
    reads++;
    const data = Float32Array.from(indices);
    return Promise.resolve({ inputs: { shape: [data.length, 1], data }, labels: new Int32Array(data.length) });
  };
  const dataset: Dataset = {
    info: { sampleShape: [1], classNames: ['only'], size: 10, fingerprint: 'fixed' },
    read: (start, end) => batch(Array.from({ length: end - start }, (_, row) => start + row)),
    readAt: (indices) => batch(indices),
    close: () => Promise.resolve(),
  };
  return { dataset, reads: () => reads };
}

describe('backgroundOf', () => {
  it('reads once what several engines ask for at the same time, and again what is asked for later', async () => {
    const { dataset, reads } = countingDataset();
    const background = () => backgroundOf(dataset, { size: 3, selection: 'random' }, 7).load();
    const [first, second] = await Promise.all([background(), background()]);
    expect(second).toBe(first);
    expect(reads()).toBe(1);
    expect((await background()).data).toEqual(first.data);
    expect(reads()).toBe(2);
  });

  it('tells choices and seeds apart', async () => {
    const { dataset, reads } = countingDataset();
    const loaded = await Promise.all(
      [
        backgroundOf(dataset, { size: 3, selection: 'first' }, 0),
        backgroundOf(dataset, { size: 4, selection: 'first' }, 0),
        backgroundOf(dataset, { size: 3, selection: 'random' }, 0),
        backgroundOf(dataset, { size: 3, selection: 'random' }, 1),
      ].map((background) => background.load()),
    );
    expect(reads()).toBe(4);
    expect(loaded.slice(0, 2).map(({ data }) => [...data])).toEqual([
      [0, 1, 2],
      [0, 1, 2, 3],
    ]);
    expect(loaded[2]?.data).not.toEqual(loaded[3]?.data);
  });

  it('leaves nothing behind when reading fails', async () => {
    const { dataset } = countingDataset();
    const failing: Dataset = { ...dataset, read: () => Promise.reject(new Error('gone')) };
    const background = backgroundOf(failing, { size: 3, selection: 'first' }, 0);
    await expect(background.load()).rejects.toThrow('gone');
    await expect(background.load()).rejects.toThrow('gone');
  });
});
