import { sampleRandom, sizeOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { effectiveComplexity } from '../src/complexity/effective-complexity.js';
import type { ScoreRequest } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

const inputShape = [3, 4, 2];
const POSITIONS = 12;
const SAMPLES = 5;

/** Maps of one number a position, drawn once. */
function requestOf(
  params: object,
  { rows = [0, 1, 2, 3, 4], shape = inputShape }: { readonly rows?: readonly number[]; readonly shape?: readonly number[] } = {},
): ScoreRequest & { readonly asked: () => number } {
  const { engine, requests, predict } = softmaxEngine(shape, 3);
  const random = sampleRandom(3, 0, 1);
  const all = Array.from({ length: SAMPLES }, () => ({
    input: Array.from({ length: sizeOf(shape) }, () => random.uniform()),
    map: Array.from({ length: POSITIONS }, () => 2 * random.uniform() - 1),
  }));
  const chosen = rows.map((row) => all[row] ?? { input: [], map: [] });
  const inputs = { shape: [rows.length, ...shape], data: Float32Array.from(chosen.flatMap(({ input }) => input)) };
  return {
    engine,
    inputs,
    maps: { shape: [rows.length, ...inputShape.slice(0, -1)], data: Float32Array.from(chosen.flatMap(({ map }) => map)) },
    predictions: predict(inputs),
    classes: Int32Array.from(rows, (row) => row % 3),
    seed: 9,
    sampleIndices: Int32Array.from(rows, (row) => 100 + row),
    settings: effectiveComplexity.settings(effectiveComplexity.params.parse(params), engine.model),
    asked: () => requests.reduce((sum, { sampleOf }) => sum + sampleOf.length, 0),
  };
}

async function score(request: ScoreRequest): Promise<number[]> {
  const { measures } = await effectiveComplexity.score(request);
  return [...(measures.effectiveComplexity ?? [])];
}

/** E[(z(x′) − z(x))²] / z(x)² of the linear logit z, x′ uniform in [0, 1) but at the `count` highest positions, by its closed form. */
function expectedLoss({ inputs, maps, classes }: ScoreRequest, sample: number, count: number): number {
  const map = Array.from(maps.data.subarray(sample * POSITIONS, (sample + 1) * POSITIONS), Math.abs);
  const input = inputs.data.subarray(sample * 24, (sample + 1) * 24);
  const kept = new Set([...map.keys()].sort((a, b) => (map[b] ?? 0) - (map[a] ?? 0)).slice(0, count));
  const weight = (i: number) => Math.cos(3 * i + 5 * (classes[sample] ?? 0));
  let [mean, variance, logit] = [0, 0, 0];
  for (const [i, value] of input.entries()) {
    logit += weight(i) * value;
    if (kept.has(Math.floor(i / 2))) continue;
    mean += weight(i) * (0.5 - value);
    variance += weight(i) ** 2 / 12;
  }
  return (mean ** 2 + variance) / logit ** 2;
}

describe('effective-complexity', () => {
  it('is the least count at which the expected loss, by its closed form for a linear logit, is below the tolerance', async () => {
    const found = new Set<number>();
    for (const tolerance of [10, 1]) {
      const request = requestOf({ target: 'logit', fill: { uniform: [0, 1] }, draws: 1000, tolerance });
      for (const [sample, count] of (await score(request)).entries()) {
        found.add(count);
        // The fourth moment of such a sum is at most 3 times the square of its second: the mean of 1000 draws has a relative standard error of at
        // most √(2/1000) = 4.5 %; five of these.
        for (let k = 0; k < count; k++) expect(expectedLoss(request, sample, k)).toBeGreaterThan(0.775 * tolerance);
        expect(expectedLoss(request, sample, count)).toBeLessThan(1.225 * tolerance);
      }
    }
    expect(found.size).toBeGreaterThan(3);
  });

  it('is how many positions the model reads, if the map ranks these first, and where the last of them stands if not', async () => {
    const request = requestOf({ tolerance: 1e-12 });
    const { engine } = request;
    // A model that reads the values 3, 8 and 9 only: of positions 1 and 4.
    const reads = (data: Float32Array<ArrayBuffer>) => data.map((value, at) => ([3, 8, 9].includes(at % 24) ? value : 0));
    const deaf: typeof engine = {
      ...engine,
      predict: (inputs, target) => engine.predict({ ...inputs, data: reads(inputs.data) }, target),
      scoreMasks: (masked) => {
        if (!('shape' in Object(masked.baseline))) throw new TypeError('Over one baseline a sample.');
        const baseline = masked.baseline as typeof request.inputs;
        return engine.scoreMasks({
          ...masked,
          inputs: { ...masked.inputs, data: reads(masked.inputs.data) },
          baseline: { ...baseline, data: reads(baseline.data) },
        });
      },
    };
    const good = Array.from({ length: POSITIONS }, (_, at) => (at === 1 ? -9 : at === 4 ? 8 : 0.1 * at));
    const bad = good.map((_, at) => (at === 1 ? 9 : at === 4 ? 0.5 : 1 + at));
    const worst = good.map((_, at) => (at === 1 ? 0.25 : 1 + at));
    const maps = { shape: [3, 3, 4], data: Float32Array.from([...good, ...bad, ...worst]) };
    const three = { ...requestOf({ tolerance: 1e-12 }, { rows: [0, 1, 2] }), engine: deaf, maps };
    const predictions = await deaf.predict(three.inputs);
    expect(await score({ ...three, predictions })).toEqual([2, 12, 12]);
  });

  it('is 0 where the output may move as it likes, and n where it must not move at all', async () => {
    expect(await score(requestOf({ tolerance: 1e9 }))).toEqual([0, 0, 0, 0, 0]);
    expect(await score(requestOf({ tolerance: 1e-30 }))).toEqual([12, 12, 12, 12, 12]);
  });

  it('tries as many counts as asked for, each with every draw', async () => {
    const request = requestOf({ steps: 4, draws: 3, tolerance: 1e-30 });
    await score(request);
    expect(request.asked()).toBe(SAMPLES * 4 * 3);
    expect(request.settings).toEqual([{ tolerance: 1e-30, steps: 4, draws: 3, fill: 'sample' }]);
    const tried = await score(requestOf({ steps: 4, tolerance: 0.3 }));
    expect(tried.filter((count) => count % 3 !== 0)).toEqual([]);
  });

  it('fills positions with whole positions of the sample itself', async () => {
    const request = requestOf({ draws: 6 }, { rows: [2] });
    const baselines: Float32Array[] = [];
    const engine: typeof request.engine = {
      ...request.engine,
      scoreMasks: (masked) => {
        if (typeof masked.baseline === 'object' && 'data' in masked.baseline) baselines.push(masked.baseline.data.slice());
        return request.engine.scoreMasks(masked);
      },
    };
    await score({ ...request, engine });
    expect(baselines).toHaveLength(6);
    const pairs = (data: Float32Array) => Array.from({ length: 12 }, (_, at) => data.slice(2 * at, 2 * at + 2).join());
    const own = new Set(pairs(request.inputs.data));
    expect(baselines.flatMap(pairs).filter((pair) => !own.has(pair))).toEqual([]);
    expect(new Set(baselines.map((data) => data.join())).size).toBe(6);
  });

  it('scores a sample by itself as among others, by its index and the seed', async () => {
    const together = await score(requestOf({ tolerance: 0.1 }));
    for (const row of [0, 1, 2, 3, 4])
      expect(await score(requestOf({ tolerance: 0.1 }, { rows: [row] }))).toEqual([together[row]]);
  });

  it('leaves to each definition what is its own, and refuses to fill a table’s features from each other', () => {
    const settings = (params: object, shape = inputShape) =>
      effectiveComplexity.settings(effectiveComplexity.params.parse(params), softmaxEngine(shape, 2).engine.model);
    expect(settings({ definition: ['paper', 'quantus'], draws: 2 })).toEqual([
      { tolerance: 0.05, steps: 12, draws: 2, fill: 'sample' },
      { definition: 'quantus', tolerance: 1e-5 },
    ]);
    expect(() => settings({}, [7])).toThrow(
      expect.objectContaining({ code: 'SPEC_INVALID', message: expect.stringMatching(/7 features.*fill: \{ uniform/) as string }),
    );
    expect(settings({ fill: { uniform: [0, 1] } }, [7])).toMatchObject([{ steps: 7, fill: { uniform: [0, 1] } }]);
    expect(effectiveComplexity.params.safeParse({ fill: { uniform: [1, 0] } }).success).toBe(false);
  });
});
