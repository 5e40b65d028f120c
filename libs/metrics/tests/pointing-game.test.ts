import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metric, type ScoreRequest } from '../src/index.js';
import { pointingGame } from '../src/localisation/pointing-game.js';
import { softmaxEngine } from './softmax-engine.js';

const inputShape = [2, 3, 2];
const { engine } = softmaxEngine(inputShape, 2);
/** Of the six positions, the second and the fifth. */
const region = [0, 1, 0, 0, 1, 0];

/** Scores maps of [2, 3] or [2, 3, 2], one a sample, all with the same region. */
async function score(maps: readonly (readonly number[])[], more: Partial<ScoreRequest> = {}) {
  const { measures } = await pointingGame.score({ ...requestFor(maps), ...more });
  return Object.fromEntries(Object.entries(measures).map(([name, values]) => [name, [...values]]));
}

function requestFor(maps: readonly (readonly number[])[]) {
  const count = maps.length;
  const shape = maps[0]?.length === 6 ? [count, 2, 3] : [count, ...inputShape];
  return {
    engine,
    inputs: { shape: [count, ...inputShape], data: new Float32Array(count * 12) },
    maps: { shape, data: Float32Array.from(maps.flat()) },
    predictions: { shape: [count, 2], data: new Float32Array(count * 2) },
    classes: new Int32Array(count),
    seed: 0,
    regions: { shape: [count, 2, 3], data: Float32Array.from(maps.flatMap(() => region)) },
    settings: [{ values: 'positive' }],
  };
}

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
      energyPointing: [1 / 3],
      pointing: [0],
      regionArea: [1 / 3],
      ties: [1],
      noMass: [0],
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
    // Positions: −1, 3, 0, 1, 0, 0 summed; 3, 3, 4, 1, 0, 0 in magnitude.
    const found = await score([[1, -2, 1, 2, 2, -2, 0, 1, 0, 0, 0, 0]], {
      settings: [{ values: 'positive' }, { values: 'absolute' }],
    });
    expect(found.energyPointing).toEqual([3 / 4, 3 / 11]);
    expect(found.pointing).toEqual([1, 0]);
  });

  it('gives a map without mass nothing and counts it', async () => {
    const maps = [
      [0, 0, 0, 0, 0, 0],
      [-1, -1, 0, -1, -1, -1],
    ];
    expect(await score(maps)).toEqual({
      energyPointing: [0, 0],
      pointing: [0, 0],
      regionArea: [1 / 3, 1 / 3],
      ties: [0, 0],
      noMass: [1, 1],
    });
    expect((await score(maps, { settings: [{ values: 'absolute' }] })).noMass).toEqual([1, 0]);
  });

  it.each([[NaN], [Infinity], [-Infinity]])('refuses a map with %d, naming the sample', async (value) => {
    const scored = score([[0, value, 1, 0, 0, 0]], { sampleIndices: Int32Array.of(17) });
    await expect(scored).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringContaining('Sample 17 ') as string }),
    );
  });

  it('refuses samples without regions, and regions of another shape', async () => {
    const { regions, ...request } = requestFor([region]);
    expect(regions.shape).toEqual([1, 2, 3]);
    await expect(pointingGame.score(request)).rejects.toThrow(/got none/);
    await expect(score([region], { regions: { shape: [1, 6], data: Float32Array.from(region) } })).rejects.toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
  });

  it('takes one kind of values or several, each once, positive ones by default', () => {
    const settings = (params: unknown) => pointingGame.settings(pointingGame.params.parse(params), engine.model);
    expect(settings({})).toEqual([{ values: 'positive' }]);
    expect(settings({ values: 'absolute' })).toEqual([{ values: 'absolute' }]);
    expect(settings({ values: ['positive', 'absolute', 'positive'] })).toEqual([{ values: 'positive' }, { values: 'absolute' }]);
    expect(pointingGame.params.safeParse({ values: 'negative' }).success).toBe(false);
    expect(pointingGame.params.safeParse({ values: [] }).success).toBe(false);
  });

  it('is in the registry, with parameters a JSON Schema can describe', () => {
    expect(metric('pointing-game')).toBe(pointingGame);
    expect(z.toJSONSchema(pointingGame.params, { io: 'input' })).toMatchObject({ additionalProperties: false });
  });
});
