import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deletionInsertion } from '../src/faithfulness/deletion-insertion.js';
import { metric } from '../src/index.js';
import { momentsOf, sampleRandom, sampleVariance } from '@xaigrid/tensor';
import { softmaxEngine } from './softmax-engine.js';

const samples = 3;
const inputShape = [4, 2];
const size = 8;
const classes = Int32Array.of(0, 1, 2);
const inputs = {
  shape: [samples, ...inputShape],
  data: Float32Array.from({ length: samples * size }, (_, i) => Math.sin(1.3 * i + 0.4)),
};

function mapsOf(shape: readonly number[], valueAt: (index: number) => number) {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => valueAt(i)) };
}
/** The default setting. */
const PAPER = { steps: 20, orders: 8, baseline: 'zero' };

const distinct = (i: number) => Math.sin(2.1 * i);
const tying = (i: number) => Math.round(2 * Math.sin(2.1 * i));

async function scored(maps: ReturnType<typeof mapsOf>, options: object) {
  const { engine, predict, outputsOf } = softmaxEngine(inputShape, 3);
  const settings = deletionInsertion.settings(deletionInsertion.params.parse(options), engine.model);
  const { measures } = await deletionInsertion.score({
    ...{ engine, inputs, maps, predictions: predict(inputs), classes, settings, seed: 0 },
  });
  return { measures, outputsOf };
}

/** p_c of sample n where only the values of its map for which `keep` holds are left. */
function outputKept(
  {
    maps,
    n,
    baseline,
    outputsOf,
  }: { maps: ReturnType<typeof mapsOf>; n: number; baseline: number; outputsOf: (x: number[]) => number[] },
  keep: (value: number, place: number) => boolean,
): number {
  const mapSize = maps.data.length / samples;
  const x = Array.from({ length: size }, (_, i) => {
    const place = Math.floor((i * mapSize) / size);
    return keep(maps.data[n * mapSize + place] ?? NaN, place) ? (inputs.data[n * size + i] ?? NaN) : baseline;
  });
  return outputsOf(x)[classes[n] ?? -1] ?? NaN;
}

function readParity(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../tests/parity/${name}`, import.meta.url), 'utf8'));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

describe('insertion and deletion', () => {
  // The reference program of the paper: positions in the order of an argsort, one after the other; the area is the mean of all points, the first
  // and last by half.
  it.each([
    [[samples, 4], 0],
    [[samples, 4, 1], -0.5],
    [[samples, 4, 2], 0.25],
  ])('of maps of shape %j are the areas that RISE computes, one value a step', async (shape, baseline) => {
    const maps = mapsOf(shape, distinct);
    const mapSize = maps.data.length / samples;
    const { measures, outputsOf } = await scored(maps, { steps: mapSize, baseline });
    for (const n of [0, 1, 2]) {
      const map = maps.data.subarray(n * mapSize, (n + 1) * mapSize);
      const order = [...map.keys()].sort((a, b) => (map[b] ?? NaN) - (map[a] ?? NaN));
      const areaOf = (kept: (count: number) => readonly number[]) => {
        const points = Array.from({ length: mapSize + 1 }, (_, count) => {
          const places = kept(count);
          return outputKept({ maps, n, baseline, outputsOf }, (_value, place) => places.includes(place));
        });
        const sum = points.reduce((a, b) => a + b, 0);
        return (sum - (points[0] ?? NaN) / 2 - (points.at(-1) ?? NaN) / 2) / mapSize;
      };
      // Outputs are rounded to float32 once, here not at all: 6e-8 of at most 1.
      expect(Math.abs((measures.insertion?.[n] ?? NaN) - areaOf((count) => order.slice(0, count)))).toBeLessThan(6e-8);
      expect(Math.abs((measures.deletion?.[n] ?? NaN) - areaOf((count) => order.slice(count)))).toBeLessThan(6e-8);
    }
    expect([...(measures.ties ?? [])]).toEqual([0, 0, 0]);
  });

  it('are means over random orders of values that are equal', async () => {
    const maps = mapsOf([samples, 4], tying);
    const orders = 1000;
    const { measures, outputsOf } = await scored(maps, { steps: 4, orders, baseline: 0 });
    for (const n of [0, 1, 2]) {
      const map = maps.data.subarray(n * 4, (n + 1) * 4);
      const all = permutations([0, 1, 2, 3]).filter((order) =>
        order.every((place, at) => at === 0 || (map[order[at - 1] ?? 0] ?? NaN) >= (map[place] ?? NaN)),
      );
      for (const [name, there] of [
        ['insertion', (order: readonly number[], count: number) => order.slice(0, count)],
        ['deletion', (order: readonly number[], count: number) => order.slice(count)],
      ] as const) {
        const areas = all.map((order) => {
          const points = [0, 1, 2, 3, 4].map((count) =>
            outputKept({ maps, n, baseline: 0, outputsOf }, (_value, place) => there(order, count).includes(place)),
          );
          return points.reduce((sum, output, at) => sum + output * (at === 0 || at === 4 ? 1 / 8 : 1 / 4), 0);
        });
        const mean = areas.reduce((a, b) => a + b, 0) / areas.length;
        const deviation = Math.sqrt(areas.reduce((sum, area) => sum + (area - mean) ** 2, 0) / areas.length);
        // Five standard errors of the drawn orders, and the rounding of outputs to float32.
        expect(Math.abs((measures[name]?.[n] ?? NaN) - mean)).toBeLessThan((5 * deviation) / Math.sqrt(orders) + 6e-8);
      }
      expect(measures.ties?.[n]).toBe(all.length > 1 ? 1 : 0);
    }
    expect(Math.max(...(measures.ties ?? []))).toBe(1);
  });

  it('give a map that says nothing what random maps get, not a straight line', async () => {
    const constant = await scored(
      mapsOf([samples, 4, 2], () => 0.5),
      { steps: 8, orders: 1000, baseline: 0 },
    );
    const areas: number[][] = [[], [], []];
    const random = sampleRandom(1, 0, 1);
    for (let turn = 0; turn < 400; turn++) {
      const { measures } = await scored(
        mapsOf([samples, 4, 2], () => random.uniform()),
        { steps: 8, baseline: 0 },
      );
      for (const [n, own] of areas.entries()) own.push(measures.insertion?.[n] ?? NaN);
    }
    for (const [n, own] of areas.entries()) {
      const { mean, variance } = {
        mean: own.reduce((a, b) => a + b, 0) / own.length,
        variance: sampleVariance(momentsOf(Float64Array.from(own))),
      };
      const error = Math.sqrt(variance / own.length + variance / 1000);
      expect(Math.abs((constant.measures.insertion?.[n] ?? NaN) - mean)).toBeLessThan(4 * error);
      expect(Math.abs((constant.measures.insertion?.[n] ?? NaN) - mean)).toBeLessThan(0.05);
    }
  });

  it('of ties-together take values that are equal together, over the share that is really in or out', async () => {
    const maps = mapsOf([samples, 4, 2], tying);
    const { measures, outputsOf } = await scored(maps, { definition: 'ties-together', steps: 4, baseline: 0 });
    for (const n of [0, 1, 2]) {
      const map = [...maps.data.subarray(n * size, (n + 1) * size)];
      const areaOf = (sets: readonly ((value: number) => boolean)[]) => {
        const points = [() => false, ...sets, () => true].map((keep) => ({
          share: map.filter(keep).length / size,
          output: outputKept({ maps, n, baseline: 0, outputsOf }, keep),
        }));
        return points.slice(1).reduce((area, { share, output }, i) => {
          const before = points[i] ?? { share: NaN, output: NaN };
          return area + ((share - before.share) * (output + before.output)) / 2;
        }, 0);
      };
      const descending = [...map].sort((a, b) => b - a);
      const ascending = [...map].sort((a, b) => a - b);
      const above = [2, 4, 6].map((k) => (value: number) => value > (descending[k] ?? NaN));
      const below = [2, 4, 6].map((k) => (value: number) => value < (ascending[k] ?? NaN));
      expect(Math.abs((measures.insertion?.[n] ?? NaN) - areaOf(above))).toBeLessThan(6e-8);
      expect(Math.abs((measures.deletion?.[n] ?? NaN) - areaOf(below))).toBeLessThan(6e-8);
      const counts = [...above, ...below].map((keep) => map.filter(keep).length);
      expect(measures.ties?.[n]).toBe(counts.join() === '2,4,6,2,4,6' ? 0 : 1);
    }
    expect(Math.max(...(measures.ties ?? []))).toBe(1);
  });

  it('of ties-together are, of a map that says nothing and in one step, the mean of both ends', async () => {
    const constant = mapsOf([samples, 4], () => 0.5);
    for (const [maps, steps, ties] of [
      [constant, 10, 1],
      [mapsOf([samples, 4], distinct), 1, 0],
    ] as const) {
      const { measures, outputsOf } = await scored(maps, { definition: 'ties-together', steps, baseline: 'zero' });
      for (const n of [0, 1, 2]) {
        const ends = [false, true].map((kept) => outputKept({ maps, n, baseline: 0, outputsOf }, () => kept));
        const mean = ((ends[0] ?? NaN) + (ends[1] ?? NaN)) / 2;
        expect(Math.abs((measures.insertion?.[n] ?? NaN) - mean)).toBeLessThan(6e-8);
        expect(Math.abs((measures.deletion?.[n] ?? NaN) - mean)).toBeLessThan(6e-8);
        expect(measures.ties?.[n]).toBe(ties);
      }
    }
  });

  it('of a map and of its negative are each other', async () => {
    const maps = mapsOf([samples, 4, 2], distinct);
    const negative = mapsOf([samples, 4, 2], (i) => -distinct(i));
    for (const baseline of ['mean', { blur: 1 }, [0.25, -1]]) {
      const [one, other] = [await scored(maps, { steps: 4, baseline }), await scored(negative, { steps: 4, baseline })];
      expect([...(one.measures.insertion ?? [])]).toEqual([...(other.measures.deletion ?? [])]);
      expect([...(one.measures.deletion ?? [])]).toEqual([...(other.measures.insertion ?? [])]);
    }
  });

  it('make no forward pass twice, and not more in one call than are bounded', async () => {
    const { engine, predict, requests } = softmaxEngine(inputShape, 3);
    const request = { engine, inputs, maps: mapsOf([samples, 4], distinct), predictions: predict(inputs), classes };
    const rowsOf = async (steps: number) => {
      requests.length = 0;
      await deletionInsertion.score({ ...request, seed: 0, settings: [{ ...PAPER, steps }] });
      return requests.map(({ sampleOf }) => sampleOf.length);
    };
    expect((await rowsOf(20)).reduce((a, b) => a + b, 0)).toBe(samples * (2 * 20 - 1));
    const many = await rowsOf(5000);
    expect(many.reduce((a, b) => a + b, 0)).toBe(samples * (2 * 5000 - 1));
    expect(Math.max(...many)).toBeLessThanOrEqual(8192);
    const model = { ...engine.model, inputShape: [224, 224, 3] };
    expect(deletionInsertion.samplesPerCall({ batchSize: 1, model }, 1) * 4 * 224 * 224 * 3).toBeLessThanOrEqual(2 ** 24);
  });

  it('do not depend on which samples are scored together', async () => {
    const { engine, predict } = softmaxEngine(inputShape, 3);
    const maps = mapsOf([samples, 4], tying);
    const score = (from: number, to: number) => {
      const some = { shape: [to - from, ...inputShape], data: inputs.data.slice(from * size, to * size) };
      return deletionInsertion.score({
        ...{ engine, inputs: some, predictions: predict(some), classes: classes.slice(from, to) },
        sampleIndices: Int32Array.of(7, 8, 9).slice(from, to),
        maps: { shape: [to - from, 4], data: maps.data.slice(from * 4, to * 4) },
        seed: 0,
        settings: [{ ...PAPER, steps: 7, baseline: 'mean' }],
      });
    };
    const [whole, first, rest] = [await score(0, 3), await score(0, 1), await score(1, 3)];
    for (const name of ['insertion', 'deletion', 'ties'])
      expect([...(whole.measures[name] ?? [])]).toEqual([...(first.measures[name] ?? []), ...(rest.measures[name] ?? [])]);
  });

  it('are refused by name where an output is not finite, a setting unknown or a baseline of another shape', async () => {
    const { engine, predict } = softmaxEngine(inputShape, 3);
    const request = {
      engine,
      inputs,
      maps: mapsOf([samples, 4], distinct),
      classes,
      seed: 0,
      settings: [{ ...PAPER, steps: 4 }],
    };
    const broken = { shape: [samples, 3], data: predict(inputs).data.fill(NaN, 3, 6) };
    await expect(deletionInsertion.score({ ...request, predictions: broken })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Row 1 of the batch has no curve at \{"baseline":"zero","orders":8,/) as string,
    });
    await expect(
      deletionInsertion.score({ ...request, predictions: predict(inputs), settings: [{ ...PAPER, steps: 0 }] }),
    ).rejects.toMatchObject({ code: 'SPEC_INVALID' });
    const params = deletionInsertion.params.parse({ baseline: [1, 2, 3] });
    expect(() => deletionInsertion.settings(params, engine.model)).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });

  it('are in the registry, with 20 steps, eight orders and zeros unless said otherwise', () => {
    expect(metric('deletion-insertion')).toBe(deletionInsertion);
    const { engine } = softmaxEngine(inputShape, 3);
    expect(deletionInsertion.settings(deletionInsertion.params.parse({}), engine.model)).toEqual([PAPER]);
  });

  const images = z.array(z.array(z.array(z.array(z.number()))));
  const flat = (values: unknown): Float32Array<ArrayBuffer> => Float32Array.from([values].flat(Infinity) as number[]);

  it('of torchcam are those of torchcam 0.5.0', async () => {
    const golden = z
      .object({
        ...{ inputs: images, maps: z.array(z.array(z.array(z.number()))), classes: z.array(z.int()) },
        cases: z.array(
          z.object({ steps: z.int(), areas: z.array(z.object({ insertion_auc: z.number(), deletion_auc: z.number() })) }),
        ),
      })
      .parse(readParity('torchcam/deletion_insertion.json'));
    for (const { steps, areas } of golden.cases) {
      const { measures } = await scoredImages(golden, flat(golden.maps), { definition: 'torchcam', steps });
      // Torchcam computes shares and areas in float32, with numbers up to 1.
      for (const [n, own] of areas.entries()) {
        expect(Math.abs((measures.insertion?.[n] ?? NaN) - own.insertion_auc)).toBeLessThan(3e-7);
        expect(Math.abs((measures.deletion?.[n] ?? NaN) - own.deletion_auc)).toBeLessThan(3e-7);
      }
    }
  });

  it('of xplique are those of Xplique 1.4.0', async () => {
    const golden = z
      .object({
        ...{ inputs: images, maps: z.array(z.array(z.array(z.number()))), mapsOfChannels: images, classes: z.array(z.int()) },
        cases: z.array(
          z.object({
            ...{ steps: z.int(), baseline: z.number(), maps: z.enum(['maps', 'mapsOfChannels']) },
            ...{ insertion: z.array(z.number()), deletion: z.array(z.number()) },
          }),
        ),
      })
      .parse(readParity('xplique/deletion_insertion.json'));
    for (const { steps, baseline, maps, insertion, deletion } of golden.cases) {
      const { measures } = await scoredImages(golden, flat(golden[maps]), { definition: 'xplique', steps, baseline });
      // TensorFlow's outputs are float32, computed in float32.
      for (const [n, own] of insertion.entries()) expect(Math.abs((measures.insertion?.[n] ?? NaN) - own)).toBeLessThan(2e-7);
      for (const [n, own] of deletion.entries()) expect(Math.abs((measures.deletion?.[n] ?? NaN) - own)).toBeLessThan(2e-7);
    }
  });

  /** Images of 3×3 positions and two channels, as the goldens have them. */
  async function scoredImages(
    golden: { readonly inputs: unknown; readonly classes: readonly number[] },
    maps: Float32Array<ArrayBuffer>,
    options: object,
  ) {
    const { engine, predict } = softmaxEngine([3, 3, 2], 3);
    const data = flat(golden.inputs);
    const images = { shape: [golden.classes.length, 3, 3, 2], data };
    const shape = [golden.classes.length, 3, 3, ...(maps.length === data.length ? [2] : [])];
    return deletionInsertion.score({
      ...{ engine, inputs: images, maps: { shape, data: maps }, predictions: predict(images), seed: 0 },
      classes: Int32Array.from(golden.classes),
      settings: deletionInsertion.settings(deletionInsertion.params.parse(options), engine.model),
    });
  }
});
