import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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
    labels: () => new Int32Array(10),
    close: () => Promise.resolve(),
  };
  return { dataset, reads: () => reads };
}

/** What a turn of the event loop has touched is only collected after it. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  await turn();
  runInNewContext('gc()');
}

describe('backgroundOf', () => {
  it('reads once what several engines ask for, at the same time or while one of them still has it', async () => {
    const { dataset, reads } = countingDataset();
    const background = () => backgroundOf(dataset, { size: 3, selection: 'random' }, 7).load();
    const [first, second] = await Promise.all([background(), background()]);
    expect(second).toBe(first);
    expect(await background()).toBe(first);
    expect(reads()).toBe(1);
  });

  it('keeps nothing that nobody has any more, and reads it again', async () => {
    const { dataset, reads } = countingDataset();
    const background = () => backgroundOf(dataset, { size: 3, selection: 'random' }, 7).load();
    const values = [...(await background()).data];
    await collectGarbage();
    expect([...(await background()).data]).toEqual(values);
    expect(reads()).toBe(2);
  });

  it('is in memory that threads share, and read a piece at a time', async () => {
    const ranges: string[] = [];
    const sampleShape = [1024, 1024];
    const dataset: Dataset = {
      ...countingDataset().dataset,
      info: { sampleShape, classNames: ['only'], size: 10, fingerprint: 'large' },
      read(start, end) {
        ranges.push(`${start}-${end}`);
        const data = new Float32Array((end - start) * 2 ** 20).fill(start);
        return Promise.resolve({ inputs: { shape: [end - start, ...sampleShape], data }, labels: new Int32Array(end - start) });
      },
    };
    const { shape, data } = await backgroundOf(dataset, { size: 10, selection: 'first' }, 0).load();
    expect(shape).toEqual([10, 1024, 1024]);
    expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(ranges).toEqual(['0-4', '4-8', '8-10']);
    expect([0, 4, 9].map((sample) => data[sample * 2 ** 20])).toEqual([0, 4, 8]);
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
