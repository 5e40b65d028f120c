import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAhead } from '../src/index.js';

/** 2^17 values a sample: four samples a piece. */
const sampleShape = [256, 512];

/** A reader that says what was begun, and ends each read when told. */
function reader() {
  const begun: string[] = [];
  const endings: (() => void)[] = [];
  return {
    begun,
    read: (start: number, end: number): Promise<string> => {
      const name = `${start}-${end}`;
      begun.push(name);
      return new Promise((resolve) => endings.push(() => resolve(name)));
    },
    endNext: async () => {
      endings.shift()?.();
      await turn();
    },
  };
}

async function all<Value>(pieces: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for await (const piece of pieces) values.push(piece);
  return values;
}

describe('readAhead', () => {
  it('cuts a range into pieces that are powers of two, the last one shorter', async () => {
    const pieces = await all(readAhead({ start: 5, end: 15, sampleShape }, (start, end) => Promise.resolve(end - start)));
    expect(pieces).toEqual([
      { start: 5, end: 9, value: 4 },
      { start: 9, end: 13, value: 4 },
      { start: 13, end: 15, value: 2 },
    ]);
    const images = await all(readAhead({ start: 0, end: 100, sampleShape: [64, 64, 3] }, () => Promise.resolve()));
    expect(images.map(({ start }) => start)).toEqual([0, 32, 64, 96]);
    const large = await all(readAhead({ start: 0, end: 2, sampleShape: [2048, 2048, 3] }, () => Promise.resolve()));
    expect(large).toHaveLength(2);
  });

  it('reads the first piece before it is asked for, and one piece more than the caller has', async () => {
    const { begun, read, endNext } = reader();
    const pieces = readAhead({ start: 0, end: 16, sampleShape }, read)[Symbol.asyncIterator]();
    expect(begun).toEqual(['0-4', '4-8']);
    await endNext();
    expect((await pieces.next()).value).toMatchObject({ value: '0-4' });
    await turn();
    // The caller works on the first piece: the second is under way, the third not.
    expect(begun).toEqual(['0-4', '4-8']);
    await endNext();
    await pieces.next();
    const third = pieces.next();
    await turn();
    expect(begun).toEqual(['0-4', '4-8', '8-12', '12-16']);
    await endNext();
    expect((await third).value).toMatchObject({ value: '8-12' });
  });

  it('throws a read’s error when its turn comes, and reads no further', async () => {
    const begun: number[] = [];
    const taken: number[] = [];
    const pieces = readAhead({ start: 0, end: 40, sampleShape }, (start) => {
      begun.push(start);
      return start === 8 ? Promise.reject(new Error('image 8 is damaged')) : Promise.resolve();
    });
    await expect(
      (async () => {
        for await (const { start } of pieces) taken.push(start);
      })(),
    ).rejects.toThrow('image 8 is damaged');
    expect(taken).toEqual([0, 4]);
    expect(Math.max(...begun)).toBeLessThanOrEqual(12);
  });

  it('leaves no unhandled rejection when nobody takes the pieces', async () => {
    readAhead({ start: 0, end: 8, sampleShape }, () => Promise.reject(new Error('nobody asked')));
    await turn();
    await turn();
  });
});
