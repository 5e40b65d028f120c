import { readFile } from 'node:fs/promises';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { explainer, type Explanation } from '@xaigrid/explainers';
import { metric } from '@xaigrid/metrics';
import { argmaxRows, takeRows, type Tensor } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectedResults, inputPath, reportInputs } from './report-inputs.js';

/*
 * The report's HMT model on its images, against PyTorch: goldens/hmt.json, made by goldens/make_hmt.py, which shares nothing with
 * xaigrid. Predictions of all 496 images; SISE on 32 and Gradient SHAP on 16 of them, as many of each class. The whole of Table 2
 * is examples/report-table2.yaml.
 */
const score = z.object({
  ...{ sample: z.int(), whole: z.number(), maskedProbability: z.number(), drop: z.number(), increase: z.number() },
  maskedClass: z.int(),
});
const goldenSchema = z.object({
  predicted: z.array(z.int()),
  sise: z.array(score.extend({ keptFeatureMaps: z.int(), map: z.array(z.number()) })),
  siseVariants: z.array(
    z.object({
      ...{ sample: z.int(), layers: z.array(z.string()), selection: z.string(), keptFeatureMaps: z.int() },
      map: z.array(z.number()),
    }),
  ),
  shapGradientMaps: z.array(z.object({ sample: z.int(), map: z.array(z.array(z.number())) })),
  shapGradient: z.array(score),
  shapGradientOfFewer: z.array(score),
});

describe.skipIf(reportInputs === undefined)('the HMT model on its images', () => {
  let golden: z.infer<typeof goldenSchema>;
  let dataset: Dataset;
  let engine: Engine;
  let outputs: Tensor;
  let labels: Int32Array<ArrayBuffer>;
  let predicted: Int32Array<ArrayBuffer>;

  beforeAll(async () => {
    golden = goldenSchema.parse(JSON.parse(await readFile(new URL('goldens/hmt.json', import.meta.url), 'utf8')));
    const kind = datasetKind('image-folder');
    const params = kind.params.parse({ path: inputPath('hmt-test'), size: [224, 224], divide: 255 });
    dataset = await kind.open({
      params,
      files: await kind.files(params, '.'),
      filePath: (file) => (file.path === undefined ? Promise.reject(new TypeError(file.name)) : Promise.resolve(file.path)),
    });
    const file = { name: 'HMT.h5', bytes: new Uint8Array(await readFile(inputPath('HMT.h5'))) };
    engine = await createEngine({ model: await readModel({ files: [file], name: 'vgg7' }), name: 'onnxruntime' });
    const { size } = dataset.info;
    const data = new Float32Array(size * engine.model.classes);
    labels = new Int32Array(size);
    for (let start = 0; start < size; start += 32) {
      const batch = await dataset.read(start, Math.min(size, start + 32));
      data.set((await engine.predict(batch.inputs)).data, start * engine.model.classes);
      labels.set(batch.labels, start);
    }
    outputs = { shape: [size, engine.model.classes], data };
    predicted = argmaxRows(outputs);
  }, 180_000);
  afterAll(async () => {
    await engine.close();
    await dataset.close();
  });

  it('are predicted as PyTorch predicts them, and 414 of 496 rightly', async () => {
    const { hmt } = await expectedResults();
    expect(dataset.info.classNames).toHaveLength(8);
    expect([...predicted]).toEqual(golden.predicted);
    const right = predicted.filter((c, sample) => c === labels[sample]).length;
    expect(right).toBe(414);
    // Given to six digits.
    expect(right / hmt.samples).toBeCloseTo(hmt.accuracy, 6);
  });

  /** Maps of some samples, in calls of the size the method asks for. */
  async function explain(
    method: string,
    samples: Int32Array<ArrayBuffer>,
    options: { readonly params: unknown; readonly classes: Int32Array<ArrayBuffer>; readonly background?: boolean },
  ): Promise<Explanation[]> {
    const chosen = explainer(method);
    const params = chosen.params.parse(options.params);
    const size = dataset.info.size;
    const background = { size, load: async () => (await dataset.read(0, size)).inputs };
    const prepared = await chosen.prepare({
      ...{ engine, params, filePaths: [], seed: 0 },
      ...(options.background === true ? { background } : {}),
    });
    const step = chosen.samplesPerCall(engine, params);
    const parts: Explanation[] = [];
    for (let start = 0; start < samples.length; start += step) {
      const sampleIndices = samples.slice(start, start + step);
      const { inputs } = await dataset.readAt(sampleIndices);
      parts.push(await prepared.explain({ inputs, sampleIndices, classes: options.classes.slice(start, start + step) }));
    }
    await prepared.close();
    return parts;
  }

  async function scores(
    samples: Int32Array<ArrayBuffer>,
    parts: readonly Explanation[],
    params: unknown = { keepFractions: [0.9] },
  ) {
    const scorer = metric('drop-increase');
    const settings = scorer.settings(scorer.params.parse(params), engine.model);
    const { inputs } = await dataset.readAt(samples);
    const { measures } = await scorer.score({
      ...{ engine, inputs, settings, seed: 0, maps: joined(parts.map(({ maps }) => maps)) },
      ...{ predictions: takeRows(outputs, samples), classes: samples.map((sample) => predicted[sample] ?? -1) },
      sampleIndices: samples,
    });
    return measures;
  }

  it('SISE draws and scores the maps that PyTorch does', async () => {
    const samples = Int32Array.from(golden.sise, ({ sample }) => sample);
    const classes = samples.map((sample) => predicted[sample] ?? -1);
    const parts = await explain('sise', samples, { params: { layers: ['conv2d_3'] }, classes });
    const maps = joined(parts.map((part) => part.maps));
    const kept = parts.flatMap(({ diagnostics }) => [...(diagnostics.keptFeatureMaps ?? [])]);
    const measures = await scores(samples, parts);
    for (const [row, wanted] of golden.sise.entries()) {
      expect(kept[row]).toBe(wanted.keptFeatureMaps);
      expect(largestDifference(sampled(maps, row), wanted.map), `map of ${wanted.sample}`).toBeLessThan(MAP_TOLERANCE);
      expect(Math.abs((measures.maskedProbability?.[row] ?? NaN) - wanted.maskedProbability)).toBeLessThan(SCORE_TOLERANCE);
      expect(Math.abs((measures.drop?.[row] ?? NaN) - wanted.drop)).toBeLessThan(SCORE_TOLERANCE);
      expect(measures.increase?.[row]).toBe(wanted.increase);
      expect(measures.maskedClass?.[row]).toBe(wanted.maskedClass);
    }
  }, 240_000);

  it('SISE over two layers, and with the feature maps that Otsu chooses, draws the maps that PyTorch does', async () => {
    for (const { sample, layers, selection, keptFeatureMaps, map } of golden.siseVariants) {
      const samples = Int32Array.of(sample);
      const [part] = await explain('sise', samples, {
        params: { layers, selection },
        classes: samples.map((index) => predicted[index] ?? -1),
      });
      expect(part?.diagnostics.keptFeatureMaps?.[0]).toBe(keptFeatureMaps);
      expect(part === undefined ? NaN : largestDifference(sampled(part.maps, 0), map)).toBeLessThan(FUSED_TOLERANCE);
    }
  }, 120_000);

  it('Gradient SHAP about class 0, per value, draws and scores the maps that PyTorch does', async () => {
    const samples = Int32Array.from(golden.shapGradient, ({ sample }) => sample);
    const parts = await explain('shap-gradient', samples, {
      ...{ params: { draws: 20, sampling: 'stratified' }, classes: samples.map(() => 0), background: true },
    });
    expect(parts[0]?.maps.shape.slice(1)).toEqual([224, 224, 3]);
    const maps = joined(parts.map((part) => part.maps));
    for (const [row, wanted] of golden.shapGradientMaps.entries()) {
      const largest = Math.max(...wanted.map.flat().map(Math.abs));
      for (const [channel, values] of wanted.map.entries())
        expect(largestDifference(sampled(maps, row, { channel, step: 28 }), values) / largest).toBeLessThan(SHAP_TOLERANCE);
    }
    const ofValues = await scores(samples, parts);
    for (const [row, wanted] of golden.shapGradient.entries()) {
      const error = Math.abs((ofValues.maskedProbability?.[row] ?? NaN) - wanted.maskedProbability);
      expect(error, `masked probability of ${wanted.sample}`).toBeLessThan(SHAP_SCORE_TOLERANCE);
    }
    const fewer = await scores(samples, parts, { keepFractions: [0.3] });
    expect(golden.shapGradientOfFewer.filter(({ maskedClass }) => maskedClass === 3).length).toBeGreaterThanOrEqual(15);
    for (const [row, wanted] of golden.shapGradientOfFewer.entries()) {
      expect(fewer.maskedClass?.[row]).toBe(wanted.maskedClass);
      expect(fewer.increase?.[row]).toBe(wanted.increase);
      expect(Math.abs((fewer.drop?.[row] ?? NaN) - wanted.drop)).toBeLessThan(SHAP_SCORE_TOLERANCE);
    }
    // As the report scored, everything collapses to class 3: 439 of 496 images lose all they have, to six digits of their sum.
    const reported = await scores(samples, parts, { keepFractions: [0.1] });
    for (const [row, sample] of samples.entries()) {
      const rises = predicted[sample] === 3;
      expect(reported.maskedClass?.[row]).toBe(3);
      expect(reported.increase?.[row]).toBe(rises ? 1 : 0);
      expect(Math.abs((reported.drop?.[row] ?? NaN) - (rises ? 0 : 1))).toBeLessThan(REPORTED_DROP_TOLERANCE);
    }
  }, 240_000);
});

/** float32 sums in another order; scaling V to [0, 1] makes them larger. Found: 2.5e-6. */
const MAP_TOLERANCE = 1e-5;
/** The step at Otsu's threshold is 25 times as steep, on values up to 2. Found: 6.9e-5. */
const FUSED_TOLERANCE = 5e-4;
/** Masks that differ in no position, outputs as far apart as engines are. Found: 2.6e-6. */
const SCORE_TOLERANCE = 1e-5;
/** Relative to the map's largest value: where two values under a max-pooling are as good as equal, each side's rounding picks another. Found: 0.0063. */
const SHAP_TOLERANCE = 0.02;
/** A few of 150,528 values change sides at the threshold. Found: 3.7e-6. */
const SHAP_SCORE_TOLERANCE = 1e-4;
/** The report's sum of 439 drops is 438.999 or more. */
const REPORTED_DROP_TOLERANCE = 0.001 / 439;

function joined(parts: readonly Tensor[]): Tensor {
  const data = new Float32Array(parts.reduce((length, part) => length + part.data.length, 0));
  parts.reduce((offset, part) => {
    data.set(part.data, offset);
    return offset + part.data.length;
  }, 0);
  return { shape: [parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), ...(parts[0]?.shape.slice(1) ?? [])], data };
}

/** Values of one map on the regular grid of the goldens. */
function sampled({ shape, data }: Tensor, row: number, { channel = 0, step = 14 } = {}): number[] {
  const channels = shape[3] ?? 1;
  const width = 224 / step;
  return Array.from({ length: width * width }, (_, at) => {
    const [y, x] = [7 + step * Math.floor(at / width), 7 + step * (at % width)];
    return data[((row * 224 + y) * 224 + x) * channels + channel] ?? NaN;
  });
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.length === b.length ? Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? NaN)))) : Infinity;
}
