import { momentsOf, populationVariance } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { datasetKind, type SampleBatch } from '@xaigrid/datasets';
import { openDataset } from './open-dataset.js';

const kind = 'texture-patches';
const SIDE = 64;

/** One sample: its patch as its region tells, and channel values by place. */
function sampleOf({ inputs, regions }: SampleBatch, row: number) {
  const positions = SIDE * SIDE;
  const region = regions?.data.slice(row * positions, (row + 1) * positions) ?? new Float32Array();
  const inside = [...region.keys()].filter((position) => region[position] === 1);
  const rows = inside.map((position) => Math.floor(position / SIDE));
  const columns = inside.map((position) => position % SIDE);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const [height, width] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
  const valueAt = (position: number, channel: number) => inputs.data[(row * positions + position) * 3 + channel] ?? NaN;
  return {
    ...{ region, inside, top, left, height, width, valueAt },
    outside: [...region.keys()].filter((position) => region[position] === 0),
    /** A place of the patch, from its upper left corner. */
    patchAt: (y: number, x: number, channel = 0) => valueAt((top + y) * SIDE + left + x, channel),
  };
}

describe('texture-patches', () => {
  it('is 1000 test images of eight classes in turns, values in [0, 1], with regions', async () => {
    const dataset = await openDataset({ kind });
    const { info } = dataset;
    expect(info).toMatchObject({ sampleShape: [64, 64, 3], size: 1000, regions: true });
    expect(info.classNames).toHaveLength(8);
    const { inputs, labels, regions } = await dataset.read(6, 10);
    expect([...labels]).toEqual([6, 7, 0, 1]);
    expect(inputs.shape).toEqual([4, 64, 64, 3]);
    expect(regions?.shape).toEqual([4, 64, 64]);
    expect(inputs.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('has one filled rectangle as region, of sizes and at places all over their ranges', async () => {
    const batch = await (await openDataset({ kind, patchSize: [10, 30] })).read(0, 400);
    const samples = Array.from({ length: 400 }, (_, row) => sampleOf(batch, row));
    for (const { inside, outside, height, width } of samples) {
      expect(inside).toHaveLength(height * width);
      expect(inside.length + outside.length).toBe(SIDE * SIDE);
    }
    const sizes = new Set(samples.flatMap(({ height, width }) => [height, width]));
    expect([...sizes].sort((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, i) => 10 + i));
    const reached = new Set(samples.flatMap(({ inside }) => inside));
    const side = Array.from({ length: SIDE }, (_, i) => i);
    expect(side.every((y) => side.some((x) => reached.has(y * SIDE + x)))).toBe(true);
    expect(side.every((x) => side.some((y) => reached.has(y * SIDE + x)))).toBe(true);
  });

  it('differs from plain noise inside the region only, in variance and not in mean', async () => {
    const batch = await (await openDataset({ kind, noise: 0.05, contrast: [0.1, 0.1] })).read(0, 80);
    for (let row = 0; row < 80; row++) {
      const { inside, outside, valueAt } = sampleOf(batch, row);
      const of = (positions: readonly number[], channel: number) =>
        momentsOf(Float64Array.from(positions, (position) => valueAt(position, channel)));
      const channels = [0, 1, 2].map((channel) => ({ patch: of(inside, channel), noise: of(outside, channel) }));
      for (const { patch, noise } of channels) {
        // Six standard errors of two means of at least 256 independent values.
        expect(Math.abs(patch.mean - noise.mean)).toBeLessThan(6 * 0.05 * Math.sqrt(1 / patch.count + 1 / noise.count));
        expect(Math.sqrt(populationVariance(noise))).toBeCloseTo(0.05, 2);
      }
      // In the channel where it is strongest the texture adds its variance, the contrast's square.
      const added = Math.max(...channels.map(({ patch }) => populationVariance(patch) - 0.05 ** 2));
      expect(added).toBeCloseTo(0.1 ** 2, 2);
    }
  });

  it('shows in each patch the texture of its class', async () => {
    const batch = await (await openDataset({ kind, noise: 0, contrast: [0.1, 0.1], patchSize: [24, 24] })).read(0, 64);
    /** What stays the same when one moves through the patch by (dy, dx). */
    const constantAlong = (dy: number, dx: number) => (row: number) => {
      const { patchAt } = sampleOf(batch, row);
      for (let y = 12; y < 24; y++)
        for (let x = dx < 0 ? 12 : 0; x < (dx < 0 ? 24 : 12); x++)
          if (Math.abs(patchAt(y, x) - patchAt(y + dy * 6, x + dx * 6)) > 1e-6) return false;
      return true;
    };
    // Rows count downwards: what rises to the right goes up, −y, with x.
    const along = [constantAlong(0, 1), constantAlong(-1, 0), constantAlong(-1, 1), constantAlong(-1, -1)];
    for (let row = 0; row < 64; row++) {
      expect(along.map((isConstant) => isConstant(row))).toEqual(along.map((_, texture) => batch.labels[row] === texture));
    }
  });

  it('draws a sample from seed, split and index alone: a larger set begins with the smaller one', async () => {
    const small = await openDataset({ kind, size: 10 });
    const large = await openDataset({ kind, size: 10_000_000 });
    expect(await large.read(0, 10)).toEqual(await small.read(0, 10));
    const picked = await large.readAt(Int32Array.of(9_999_999, 3));
    const third = await small.read(3, 4);
    expect(picked.inputs.data.subarray(64 * 64 * 3)).toEqual(third.inputs.data);
    expect(picked.regions?.data.subarray(64 * 64)).toEqual(third.regions?.data);
    expect([...picked.labels]).toEqual([7, 3]);
    const other = await openDataset({ kind, size: 10, seed: 1 });
    const train = await openDataset({ kind, size: 10, split: 'train' });
    expect((await other.read(3, 4)).inputs.data).not.toEqual(third.inputs.data);
    expect((await train.read(3, 4)).inputs.data).not.toEqual(third.inputs.data);
    expect(() => small.read(0, 11)).toThrow(RangeError);
  });

  it('has a fingerprint that tells parameters apart, and one value everywhere: no platform rounds its formulas differently', async () => {
    const fingerprint = async (more: object) => (await openDataset({ kind, ...more })).info.fingerprint;
    expect(await fingerprint({})).toBe('84e0aaef9783c6c264d97c1cea002d8ed3eb397e71fa1bea054e01b46eab5474');
    const others = await Promise.all(
      [{ seed: 1 }, { split: 'train' }, { size: 999 }, { noise: 0.2 }, { patchSize: [16, 31] }, { imageSize: 65 }].map(
        fingerprint,
      ),
    );
    expect(new Set([await fingerprint({}), ...others]).size).toBe(7);
  });

  it.each([
    [{ patchSize: [20, 10] }, /least patch size is larger/],
    [{ imageSize: 24 }, /must be at most imageSize, 24/],
    [{ size: 0 }, /size/],
    [{ split: 'validation' }, /split/],
    [{ contrast: [0.2, 0.1] }, /least contrast is larger/],
    [{ noize: 1 }, /noize/],
  ])('refuses %j', (entry, message) => {
    expect(JSON.stringify(datasetKind(kind).params.safeParse(entry).error?.issues)).toMatch(message);
  });
});
