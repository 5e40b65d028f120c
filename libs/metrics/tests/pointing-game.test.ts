import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metric } from '../src/index.js';
import { pointingGame } from '../src/localisation/pointing-game.js';
import { widened } from '../src/localisation/widened.js';
import { goldenMaps, regionRequest, scoreRegions } from './region-request.js';
import { softmaxEngine } from './softmax-engine.js';

const positions = [2, 3];
const { engine } = softmaxEngine([...positions, 2], 2);
/** Of the six positions, the second and the fifth. */
const region = [0, 1, 0, 0, 1, 0];

/** Scores maps of [2, 3] or [2, 3, 2], one a sample, all with the same region. */
const score = (maps: readonly (readonly number[])[], params: Readonly<Record<string, unknown>> = {}) =>
  scoreRegions({ maps, regions: [region], positions }, params, pointingGame);

describe('pointing-game', () => {
  it('is the share of the positive mass inside the region, and whether the maximum is', async () => {
    const found = await score([
      [1, 4, 1, 1, 1, 0],
      [3, 2, 0, 0, 1, 0],
      [-8, 1, -2, 1, -1, 0],
    ]);
    expect(found.energyPointing).toEqual([5 / 8, 1 / 2, 1 / 2]);
    expect(found.pointing).toEqual([1, 0, 0]);
    expect(found.regionArea).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(found.noMass).toEqual([0, 0, 0]);
  });

  it('gives a map that is the same everywhere the share of the area, and no hit', async () => {
    expect(await score([[2, 2, 2, 2, 2, 2]])).toEqual({
      ...{ energyPointing: [1 / 3], pointing: [0], regionArea: [1 / 3], pointingArea: [1 / 3] },
      ...{ ties: [1], noMass: [0], noRegion: [0] },
    });
  });

  it('gives the region itself everything', async () => {
    expect(await score([region])).toMatchObject({ energyPointing: [1], pointing: [1] });
  });

  it('hits with a tied maximum only if all of it is inside, and counts the tie', async () => {
    const found = await score([
      [0, 2, 1, 1, 2, 0],
      [2, 2, 0, 0, 0, 0],
    ]);
    expect(found.pointing).toEqual([1, 0]);
    expect(found.ties).toEqual([1, 1]);
  });

  it('sums channels before it drops what is negative, and after it takes magnitudes', async () => {
    // Positions: −1, 3, 0, 1, 0, 0 summed; 3, 3, 4, 1, 0, 0 in magnitude; 5, 5, 8, 1, 0, 0 squared.
    const maps = [[1, -2, 1, 2, 2, -2, 0, 1, 0, 0, 0, 0]];
    expect(await score(maps)).toMatchObject({ energyPointing: [3 / 4], pointing: [1] });
    expect(await score(maps, { values: 'absolute' })).toMatchObject({ energyPointing: [3 / 11], pointing: [0] });
    expect(await score(maps, { values: 'squared' })).toMatchObject({ energyPointing: [5 / 19], pointing: [0] });
  });

  it('gives a map without mass nothing and counts it', async () => {
    const maps = [
      [0, 0, 0, 0, 0, 0],
      [-1, -1, 0, -1, -1, -1],
    ];
    expect(await score(maps)).toMatchObject({ energyPointing: [0, 0], pointing: [0, 0], ties: [0, 0], noMass: [1, 1] });
    expect((await score(maps, { values: 'absolute' })).noMass).toEqual([1, 0]);
  });

  it('hits beside the region, up to the margin, and says how much of the sample that is', async () => {
    // Of a row, the region is the third position; the maximum stands 0, 1, 2 and 5 from it.
    const maps = [2, 3, 0, 7].map((at) => Array.from({ length: 8 }, (_, position) => (position === at ? 1 : 0)));
    const ofRow = (margin: number) =>
      scoreRegions({ maps, regions: [[0, 0, 1, 0, 0, 0, 0, 0]], positions: [8] }, { margin }, pointingGame);
    expect((await ofRow(0)).pointing).toEqual([1, 0, 0, 0]);
    expect((await ofRow(1)).pointing).toEqual([1, 1, 0, 0]);
    expect((await ofRow(2)).pointing).toEqual([1, 1, 1, 0]);
    expect((await ofRow(2)).pointingArea).toEqual([5 / 8, 5 / 8, 5 / 8, 5 / 8]);
    expect((await ofRow(2)).regionArea).toEqual([1 / 8, 1 / 8, 1 / 8, 1 / 8]);
    expect((await ofRow(10_000)).pointing).toEqual([1, 1, 1, 1]);
  });

  it('widens a region by all positions within the margin, by brute force over pairs', () => {
    const extents = [5, 6, 4];
    const at = (position: number) => [Math.floor(position / 24), Math.floor(position / 4) % 6, position % 4];
    for (const margin of [1, 2, 3]) {
      const own = Float32Array.from({ length: 120 }, (_, position) => ((position * 37) % 53 === 0 ? 1 : 0));
      const inside = [...own.keys()].filter((position) => own[position] === 1).map(at);
      const near = Float32Array.from(own, (_, position) =>
        inside.some((other) => Math.hypot(...at(position).map((place, axis) => place - (other[axis] ?? NaN))) <= margin) ? 1 : 0,
      );
      expect(widened(own, extents, margin)).toEqual(near);
      expect(widened(new Float32Array(120), extents, margin)).toEqual(new Float32Array(120));
    }
  });

  it('by quantus is what Quantus gives: one tied maximum is enough, and an empty region is hit', async () => {
    const { samples, asked, empty } = goldenMaps();
    const found = await scoreRegions(asked, { definition: 'quantus' }, pointingGame);
    expect(found.pointing).toEqual(samples.map(({ scores }) => scores.pointing));
    const nowhere = await scoreRegions(empty, { definition: 'quantus' }, pointingGame);
    expect(nowhere.pointing).toEqual(samples.map(({ emptyRegion }) => emptyRegion.pointing));
    const strict = await scoreRegions(empty, {}, pointingGame);
    expect(strict.pointing).toEqual(samples.map(() => 0));
    expect(strict.noRegion).toEqual(samples.map(() => 1));
  });

  it.each([[NaN], [Infinity], [-Infinity]])('refuses a map with %d, naming the sample', async (value) => {
    const request = regionRequest({ maps: [[0, value, 1, 0, 0, 0]], regions: [region], positions }, {}, pointingGame);
    await expect(pointingGame.score({ ...request, sampleIndices: Int32Array.of(17) })).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringContaining('Sample 17 ') as string }),
    );
  });

  it('refuses samples without regions, and regions of another shape', async () => {
    const { regions, ...request } = regionRequest({ maps: [region], regions: [region], positions }, {}, pointingGame);
    expect(regions?.shape).toEqual([1, 2, 3]);
    await expect(pointingGame.score(request)).rejects.toThrow(/got none/);
    const flat = { shape: [1, 6], data: Float32Array.from(region) };
    await expect(pointingGame.score({ ...request, regions: flat })).rejects.toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
  });

  it('takes one setting or several, each once, and leaves out of it what is the default', () => {
    const settings = (params: unknown) => pointingGame.settings(pointingGame.params.parse(params), engine.model);
    expect(settings({})).toEqual([{ values: 'positive' }]);
    expect(settings({ definition: 'paper', margin: 0 })).toEqual([{ values: 'positive' }]);
    expect(settings({ values: ['positive', 'absolute', 'positive'] })).toEqual([{ values: 'positive' }, { values: 'absolute' }]);
    expect(settings({ definition: ['paper', 'quantus'], margin: 15 })).toEqual([
      { values: 'positive', margin: 15 },
      { definition: 'quantus', values: 'signed', margin: 15 },
    ]);
    expect(pointingGame.params.safeParse({ values: 'negative' }).success).toBe(false);
    expect(pointingGame.params.safeParse({ values: [] }).success).toBe(false);
    expect(pointingGame.params.safeParse({ margin: -1 }).success).toBe(false);
  });

  it('is in the registry, with parameters a JSON Schema can describe', () => {
    expect(metric('pointing-game')).toBe(pointingGame);
    expect(z.toJSONSchema(pointingGame.params, { io: 'input' })).toMatchObject({ additionalProperties: false });
  });
});
