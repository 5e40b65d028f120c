import type { Engine } from '@xaigrid/engine';
import { describe, expect, it } from 'vitest';
import { centre } from '../src/centre.js';
import { constant } from '../src/constant.js';
import { edges } from '../src/edges.js';
import { controlMethods } from '../src/registry.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, mapOf, sampleModel } from './sample-model.js';

/** Of a control nothing is asked but the shape of its inputs. */
function engineOf(inputShape: readonly number[]): Engine {
  return closedFormEngine(sampleModel(inputShape));
}

function explain(
  method: typeof constant | typeof edges | typeof centre,
  inputShape: readonly number[],
  values: readonly number[],
  params = {},
) {
  const size = inputShape.reduce((a, b) => a * b, 1);
  const count = values.length / size;
  return explainOnce<unknown>(
    method,
    { engine: engineOf(inputShape), params },
    { inputs: { shape: [count, ...inputShape], data: Float32Array.from(values) }, classes: new Int32Array(count) },
  );
}

describe('the controls', () => {
  it('are random, constant, edges and centre', () => {
    expect([...controlMethods]).toEqual(['random', 'constant', 'edges', 'centre']);
  });
});

describe('constant maps', () => {
  it('are 1 at every position and degenerate', async () => {
    const { maps, degenerate } = await explain(
      constant,
      [2, 2, 3],
      Array.from({ length: 24 }, (_, at) => at),
    );
    expect(maps).toEqual({ shape: [2, 2, 2], data: new Float32Array(8).fill(1) });
    expect(degenerate).toEqual([true, true]);
  });
});

describe('maps of the centre', () => {
  it('are a Gaussian in the middle, the same for all samples', async () => {
    const { maps, degenerate } = await explain(centre, [2, 3, 1], [0, 1, 2, 3, 4, 5, 9, 9, 9, 9, 9, 9], { width: 0.5 });
    const [row, column] = [Math.exp(-0.125), Math.exp(-1 / 4.5)];
    const wanted = [row * column, row, row * column, row * column, row, row * column];
    for (const sample of [0, 1])
      for (const [at, value] of mapOf(maps, sample).entries()) expect(value).toBeCloseTo(wanted[at] ?? NaN, 6);
    expect(degenerate).toEqual([false, false]);
  });

  it('are refused for tables', () => {
    expect(() => {
      centre.validate({ width: 0.25 }, engineOf([6]).model);
    }).toThrow('centre: a table has no middle');
  });
});

describe('maps of edges', () => {
  // One bright position in a corner: differences 4 and smoothing ¾ (with the value beyond the border) along both axes.
  const corner = [4, 0, 0, 0, 0, 0, 0, 0, 0];

  it('of one bright position have the closed form of the Sobel filter', async () => {
    const { maps, degenerate } = await explain(edges, [3, 3, 1], corner);
    expect(maps.shape).toEqual([1, 3, 3]);
    // Horizontally −4·¾ at the corner and beside it, −4·¼ below; vertically the same turned; over √2.
    const wanted = [3, Math.sqrt(9 / 2 + 1 / 2), 0, Math.sqrt(5), 1, 0, 0, 0, 0];
    for (const [at, value] of mapOf(maps, 0).entries()) expect(value).toBeCloseTo(wanted[at] ?? NaN, 6);
    expect(degenerate).toEqual([false]);
  });

  it('add up the channels, each by itself', async () => {
    const [ofOne, ofBoth] = [
      await explain(edges, [3, 3, 1], corner),
      // The second channel is three times the first, with its sign turned.
      await explain(
        edges,
        [3, 3, 2],
        corner.flatMap((value) => [value, -3 * value]),
      ),
    ];
    const wanted = mapOf(ofOne.maps, 0).map((value) => 4 * value);
    // The sum of two float32 numbers.
    for (const [at, value] of mapOf(ofBoth.maps, 0).entries()) expect(value).toBeCloseTo(wanted[at] ?? NaN, 5);
  });

  it('keep the channels on request', async () => {
    const params = { channels: 'keep' };
    const { maps } = await explain(
      edges,
      [3, 3, 2],
      corner.flatMap((value) => [value, -3 * value]),
      params,
    );
    expect(maps.shape).toEqual([1, 3, 3, 2]);
    expect(mapOf(maps, 0).slice(0, 2)).toEqual([3, 9]);
    const model = engineOf([3, 3, 2]).model;
    expect(await edges.mapShape({ channels: 'keep' }, model, [])).toEqual([3, 3, 2]);
    expect(await edges.mapShape({ channels: 'sum' }, model, [])).toEqual([3, 3]);
  });

  it('of a signal are magnitudes of differences, of each sample by itself', async () => {
    const { maps, degenerate } = await explain(edges, [4, 1], [0, 1, 4, 9, 5, 5, 5, 5]);
    expect(mapOf(maps, 0)).toEqual([1, 4, 8, 5]);
    expect(mapOf(maps, 1)).toEqual([0, 0, 0, 0]);
    expect(degenerate).toEqual([false, true]);
  });

  it('are refused for tables, with the way out', () => {
    const { model } = engineOf([6]);
    expect(() => edges.validate({ channels: 'sum' }, model)).toThrow(
      expect.objectContaining({
        code: 'SHAPE_MISMATCH',
        message:
          'edges: a table has no edges, because neighbouring features mean nothing. Leave the method out; random and constant are controls for tables.',
      }),
    );
  });

  it('do not take a sample that is not finite', async () => {
    await expect(explain(edges, [4, 1], [0, 1, Infinity, 9])).rejects.toThrow('The edges map of sample 0 holds');
  });
});
