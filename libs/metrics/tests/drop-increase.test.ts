import { describe, expect, it } from 'vitest';
import { dropIncrease } from '../src/faithfulness/drop-increase.js';
import { metric, metrics, type ScoreRequest } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

const samples = 3;
const inputShape = [4, 2];
const size = 8;

function inputsOf(count = samples) {
  return { shape: [count, ...inputShape], data: Float32Array.from({ length: count * size }, (_, i) => Math.sin(1.3 * i + 0.4)) };
}

/** Values with many ties: multiples of a quarter. */
function mapsOf(shape: readonly number[]) {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => Math.round(4 * Math.sin(2.1 * i)) / 4) };
}

/** The definition, one position at a time, with nothing shared with the implementation. */
function bruteForce(
  request: Pick<ScoreRequest, 'inputs' | 'maps' | 'classes'>,
  setting: { keepFraction?: number; keepThreshold?: number },
  baselineAt: (sample: number, value: number) => number,
  outputsOf: (x: readonly number[]) => number[],
) {
  return [...request.classes].map((scored, n) => {
    const x = [...request.inputs.data.subarray(n * size, (n + 1) * size)];
    const mapSize = request.maps.data.length / request.classes.length;
    const map = [...request.maps.data.subarray(n * mapSize, (n + 1) * mapSize)];
    const k = Math.floor(mapSize * (setting.keepFraction ?? 0));
    const theta = setting.keepThreshold ?? [...map].sort((a, b) => b - a)[k] ?? -Infinity;
    const kept = map.map((value) => value > theta);
    const masked = x.map((value, i) => (kept[Math.floor((i * mapSize) / size)] === true ? value : baselineAt(n, i)));
    const [y, outputs] = [outputsOf(x)[scored] ?? NaN, outputsOf(masked)];
    const o = outputs[scored] ?? NaN;
    const count = kept.filter(Boolean).length;
    return {
      drop: Math.max((y - o) / y, 0),
      increase: o > y ? 1 : 0,
      maskedProbability: o,
      maskedClass: outputs.indexOf(Math.max(...outputs)),
      ties: setting.keepFraction !== undefined && count !== k ? 1 : 0,
      kept: count / mapSize,
    };
  });
}

const meanOf = (sample: number, value: number) => {
  const { data } = inputsOf();
  const channel = value % 2;
  return [0, 1, 2, 3].reduce((sum, t) => sum + (data[sample * size + 2 * t + channel] ?? NaN), 0) / 4;
};
/*
 * scipy 1.10.1: gaussian_filter1d(x, 1, axis=1, mode='reflect') of the inputs of `inputsOf`, in float64, in C order, 9 digits.
 */
const BLURRED = [
  0.258890757, 0.397862953, 0.074220401, 0.0596671119, 0.0807194115, 0.0470912171, 0.426171684, 0.074166246, -0.427553941,
  -0.0922086566, -0.0758414263, 0.0165804721, -0.0671892889, 0.0321090246, -0.204852669, 0.307488134, 0.220811281, -0.294407736,
  0.0108712799, -0.0782698924, -0.00533514807, -0.083116558, -0.196333435, -0.419158279,
];

const baselines = [
  { baseline: { blur: 1 }, at: (sample: number, value: number) => BLURRED[sample * size + value] ?? NaN },
  { baseline: 'zero', at: () => 0 },
  { baseline: 'mean', at: meanOf },
  { baseline: -0.5, at: () => -0.5 },
  { baseline: [0.25, -1], at: (_: number, value: number) => (value % 2 === 0 ? 0.25 : -1) },
  {
    baseline: [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
    at: (_: number, value: number) => value + 1,
  },
];

describe('drop and increase', () => {
  describe.each(baselines)('against a brute-force version, baseline $baseline', ({ baseline, at }) => {
    it.each([[[samples, 4]], [[samples, 4, 1]], [[samples, 4, 2]]])('with maps of shape %j', async (shape) => {
      const { engine, predict, outputsOf } = softmaxEngine(inputShape, 3);
      const inputs = inputsOf();
      const classes = Int32Array.of(0, 1, 2);
      const params = dropIncrease.params.parse({
        keepFractions: [0, 0.1, 0.3, 0.5, 0.9, 1],
        keepThresholds: [0, 0.25, -9],
        baseline,
      });
      const settings = dropIncrease.settings(params, engine.model);
      const request = { engine, inputs, maps: mapsOf(shape), predictions: predict(inputs), classes, settings, seed: 0 };
      const { measures } = await dropIncrease.score(request);
      for (const [s, setting] of settings.entries()) {
        for (const [n, wanted] of bruteForce(request, setting, at, outputsOf).entries()) {
          for (const [name, value] of Object.entries(wanted)) {
            // Outputs are rounded to float32 once, the brute force not at all: 6e-8 relative in O, more in a ratio near 1.
            expect(
              Math.abs((measures[name]?.[s * samples + n] ?? NaN) - value),
              `${name} at ${JSON.stringify(setting)}`,
            ).toBeLessThan(5e-7);
          }
        }
      }
    });
  });

  it('keep exactly k by lot with ties: random, and where nothing ties what they keep without', async () => {
    const { engine, predict, outputsOf } = softmaxEngine([4, 2], 3);
    const inputs = { shape: [1, 4, 2], data: Float32Array.from({ length: 8 }, (_, i) => Math.sin(1.3 * i + 0.4)) };
    const scoreOf = async (map: readonly number[], ties: string) => {
      const settings = dropIncrease.settings(
        dropIncrease.params.parse({ keepFractions: [0.25, 0.5], baseline: 0.25, ties }),
        engine.model,
      );
      const maps = { shape: [1, 4], data: Float32Array.from(map) };
      const request = { engine, inputs, maps, predictions: predict(inputs), classes: Int32Array.of(1), seed: 3 };
      return (await dropIncrease.score({ ...request, settings })).measures;
    };
    expect(await scoreOf([3, 1, 4, 2], 'random')).toEqual(await scoreOf([3, 1, 4, 2], 'left-out'));
    const tied = await scoreOf([1, 5, 1, 1], 'random');
    expect([...(tied.kept ?? []), ...(tied.ties ?? [])]).toEqual([0.25, 0.5, 0, 1]);
    const keeping = (places: readonly number[]) =>
      outputsOf(inputs.data.map((value, at) => (places.includes(Math.floor(at / 2)) ? value : 0.25)))[1] ?? NaN;
    const off = [0, 2, 3].map((other) => Math.abs((tied.maskedProbability?.[1] ?? NaN) - keeping([1, other])));
    expect(Math.min(...off)).toBeLessThan(6e-8);
  });

  it('are (Y − O)/Y where it is positive and a count where it is negative', async () => {
    const outputs = [0.2, 0.8, 0.9, 0, 0.25, 0];
    const { engine } = softmaxEngine([1], 2);
    const { measures } = await dropIncrease.score({
      engine: {
        ...engine,
        scoreMasks: () =>
          Promise.resolve({ outputs: { shape: [6, 2], data: Float32Array.from(outputs.flatMap((p) => [p, 1 - p])) } }),
      },
      inputs: { shape: [6, 1], data: new Float32Array(6) },
      maps: { shape: [6, 1], data: new Float32Array(6) },
      predictions: { shape: [6, 2], data: Float32Array.from([0.8, 0.8, 0.8, 0.8, 0, 0].flatMap((p) => [p, 1 - p])) },
      classes: new Int32Array(6),
      seed: 0,
      settings: [{ keepThreshold: 0.5, baseline: 'zero' }],
    });
    const drop = [...(measures.drop ?? [])];
    // 0.2 and 0.8 are not float32 numbers: 0.75 up to their rounding.
    expect(drop[0]).toBeCloseTo(0.75, 7);
    expect(drop.slice(1)).toEqual([0, 0, 1, 0, 0]);
    // An output of 0 that becomes 0.25 is an increase, one that stays 0 is nothing.
    expect([...(measures.increase ?? [])]).toEqual([0, 0, 1, 0, 1, 0]);
    expect([...(measures.maskedClass ?? [])]).toEqual([1, 0, 0, 1, 1, 1]);
  });

  it('scores all settings that share a baseline with one engine call', async () => {
    const { engine, predict, requests } = softmaxEngine(inputShape, 3);
    const inputs = inputsOf();
    const settings = [
      { keepFraction: 0.3, baseline: 'zero' },
      { keepFraction: 0.3, baseline: 'mean' },
      { keepThreshold: 0, baseline: 'zero' },
    ];
    const request = {
      engine,
      inputs,
      maps: mapsOf([samples, 4]),
      predictions: predict(inputs),
      classes: Int32Array.of(2, 1, 0),
      seed: 0,
    };
    const together = await dropIncrease.score({ ...request, settings });
    expect(requests.map(({ sampleOf }) => sampleOf.length)).toEqual([2 * samples, samples]);
    for (const [s, setting] of settings.entries()) {
      const alone = await dropIncrease.score({ ...request, settings: [setting] });
      for (const [name, values] of Object.entries(alone.measures)) {
        expect([...(together.measures[name] ?? [])].slice(s * samples, (s + 1) * samples)).toEqual([...values]);
      }
    }
  });

  it('do not depend on which samples are scored together', async () => {
    const { engine, predict } = softmaxEngine(inputShape, 3);
    const settings = [{ keepFraction: 0.5, baseline: 'mean' }];
    const score = (from: number, to: number) => {
      const inputs = { shape: [to - from, ...inputShape], data: inputsOf().data.slice(from * size, to * size) };
      const maps = { shape: [to - from, 4], data: mapsOf([samples, 4]).data.slice(from * 4, to * 4) };
      return dropIncrease.score({
        engine,
        inputs,
        maps,
        predictions: predict(inputs),
        classes: new Int32Array(to - from),
        seed: 0,
        settings,
      });
    };
    const [whole, first, rest] = [await score(0, 3), await score(0, 1), await score(1, 3)];
    expect([...(whole.measures.drop ?? [])]).toEqual([...(first.measures.drop ?? []), ...(rest.measures.drop ?? [])]);
  });

  it('names the sample and the setting whose output is not finite', async () => {
    const { engine, predict } = softmaxEngine(inputShape, 3);
    const inputs = inputsOf();
    const request = {
      ...{ engine, inputs, maps: mapsOf([samples, 4]), classes: Int32Array.of(0, 0, 0), seed: 0 },
      predictions: { shape: [samples, 3], data: predict(inputs).data.fill(NaN, 3, 6) },
      settings: [{ keepFraction: 0.3, baseline: 'zero' }],
    };
    await expect(dropIncrease.score(request)).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/^Row 1 of the batch has no drop at \{"baseline":"zero","keepFraction":0.3\}/) as string,
    });
    await expect(dropIncrease.score({ ...request, sampleIndices: Int32Array.of(70, 71, 72) })).rejects.toThrow(
      'Sample 71 has no drop',
    );
  });

  it('refuse outputs on masked samples that are no probabilities', async () => {
    const { engine, predict } = softmaxEngine(inputShape, 3);
    const inputs = inputsOf();
    const scoreMasks = async (asked: Parameters<typeof engine.scoreMasks>[0]) => {
      const { shape, data } = (await engine.scoreMasks(asked)).outputs;
      return { outputs: { shape, data: data.map((value, at) => (Math.floor(at / 3) === 2 ? 5 * value - 1 : value)) } };
    };
    const request = {
      ...{ engine: { ...engine, scoreMasks }, inputs, maps: mapsOf([samples, 4]), classes: Int32Array.of(0, 0, 0), seed: 0 },
      ...{ predictions: predict(inputs), settings: [{ keepFraction: 0.3, baseline: 'zero' }] },
      sampleIndices: Int32Array.of(70, 71, 72),
    };
    await expect(dropIncrease.score(request)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/^The model's outputs on sample 72, masked, are not probabilities/) as string,
    });
  });

  it('refuse maps and settings of another shape', async () => {
    const { engine, predict } = softmaxEngine(inputShape, 3);
    const inputs = inputsOf();
    const request = { engine, inputs, predictions: predict(inputs), classes: new Int32Array(samples), seed: 0 };
    const settings = [{ keepFraction: 0.3, baseline: 'zero' }];
    await expect(dropIncrease.score({ ...request, maps: mapsOf([samples, 5]), settings })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
    const unknown = [{ keepFraction: 0.3 }];
    await expect(dropIncrease.score({ ...request, maps: mapsOf([samples, 4]), settings: unknown })).rejects.toMatchObject({
      code: 'SPEC_INVALID',
    });
  });

  it('bound how many masked samples a call makes', () => {
    const { engine } = softmaxEngine(inputShape, 3);
    const model = { ...engine.model, inputShape: [224, 224, 3] };
    for (const settings of [1, 9, 100, 100_000]) {
      expect(dropIncrease.samplesPerCall({ batchSize: 64, model: engine.model }, settings) * settings).toBeLessThanOrEqual(
        Math.max(8192, settings),
      );
      // Inputs, maps and baselines as large as inputs: three tensors of at most 64 MiB together.
      const images = dropIncrease.samplesPerCall({ batchSize: 8, model }, settings);
      expect(images).toBeGreaterThanOrEqual(1);
      expect(images * 3 * 224 * 224 * 3).toBeLessThanOrEqual(2 ** 24);
    }
  });
});

describe('the registry', () => {
  it('finds metrics by name and suggests the nearest', () => {
    expect(metric('drop-increase')).toBe(dropIncrease);
    expect(() => metric('drop-incraese')).toThrow(
      expect.objectContaining({
        code: 'SPEC_INVALID',
        message: `There is no metric "drop-incraese". Did you mean "drop-increase"? Metrics: ${metrics.map((one) => one.metric).join(', ')}.`,
      }),
    );
  });
});
