import { readFile } from 'node:fs/promises';
import { datasetKind, type SampleBatch } from '@xaigrid/datasets';
import { createEngine, readModel, type Engine } from '@xaigrid/engine';
import { explainer, type Background, type Explanation } from '@xaigrid/explainers';
import { metric } from '@xaigrid/metrics';
import { argmaxRows, float32Of, readNpy, rowsOf, sumOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedResults, inputPath, reportInputs, type ExpectedRates } from './report-inputs.js';

/*
 * MNIST-1D's rows of the report's Table 2: the report's model on our generator's samples, through the explainers and the
 * metric, without queue and store. expected.json says what must come out, and how near.
 */
describe.skipIf(reportInputs === undefined)("MNIST-1D's half of the report's Table 2", () => {
  let expected: Awaited<ReturnType<typeof expectedResults>>['mnist1d'];
  let engine: Engine;
  let samples: SampleBatch;
  let predictions: Tensor;
  let predicted: Int32Array<ArrayBuffer>;

  beforeAll(async () => {
    expected = (await expectedResults()).mnist1d;
    const kind = datasetKind('mnist1d');
    const dataset = await kind.open({
      params: kind.params.parse({ split: 'test' }),
      files: [],
      filePath: () => Promise.reject(new TypeError('no files')),
    });
    samples = await dataset.read(0, dataset.info.size);
    const file = { name: 'MNIST1D.h5', bytes: new Uint8Array(await readFile(inputPath('MNIST1D.h5'))) };
    engine = await createEngine({ model: await readModel({ files: [file], name: 'cnn' }), name: 'onnxruntime' });
    predictions = await engine.predict(samples.inputs);
    predicted = argmaxRows(predictions);
  });
  afterAll(() => engine.close());

  /** All maps of a method, drawn in calls of the size it asks for. */
  async function explainAll(
    method: string,
    options: { params?: unknown; classes: Int32Array<ArrayBuffer>; background?: Background; filePaths?: string[] },
  ): Promise<Explanation> {
    const chosen = explainer(method);
    const params = chosen.params.parse(options.params ?? {});
    chosen.validate(params, engine.model);
    const prepared = await chosen.prepare({ engine, seed: 0, filePaths: [], ...options, params });
    const step = chosen.samplesPerCall(engine, params);
    const parts: Explanation[] = [];
    for (let start = 0; start < predicted.length; start += step) {
      const end = Math.min(predicted.length, start + step);
      parts.push(
        await prepared.explain({
          inputs: rowsOf(samples.inputs, start, end),
          classes: options.classes.slice(start, end),
          sampleIndices: Int32Array.from({ length: end - start }, (_, row) => start + row),
        }),
      );
    }
    await prepared.close();
    const maps = new Float32Array(parts.reduce((length, part) => length + part.maps.data.length, 0));
    parts.reduce((offset, part) => {
      maps.set(part.maps.data, offset);
      return offset + part.maps.data.length;
    }, 0);
    const names = Object.keys(parts[0]?.diagnostics ?? {});
    return {
      maps: { shape: [predicted.length, ...(parts[0]?.maps.shape.slice(1) ?? [])], data: maps },
      degenerate: parts.flatMap((part) => part.degenerate),
      diagnostics: Object.fromEntries(
        names.map((name) => [name, Float64Array.from(parts.flatMap((part) => [...(part.diagnostics[name] ?? [])]))]),
      ),
    };
  }

  async function ratesOf(maps: Tensor, keepFraction: number) {
    const scorer = metric('drop-increase');
    const settings = scorer.settings(scorer.params.parse({ keepFractions: [keepFraction] }), engine.model);
    const { measures } = await scorer.score({
      engine,
      inputs: samples.inputs,
      maps,
      predictions,
      classes: predicted,
      settings,
      seed: 0,
    });
    const mean = (name: string) => sumOf(measures[name] ?? new Float64Array()) / predicted.length;
    return { drop: mean('drop'), increase: mean('increase') };
  }

  function expectRates(rates: { drop: number; increase: number }, wanted: ExpectedRates): void {
    expect(Math.abs(rates.drop - wanted.drop), `drop rate ${rates.drop}`).toBeLessThanOrEqual(wanted.tolerance.drop);
    // A rate is a whole number of samples: float64 division must not turn an exact match into a miss.
    expect(Math.abs(rates.increase - wanted.increase), `increase rate ${rates.increase}`).toBeLessThanOrEqual(
      wanted.tolerance.increase + 1e-12,
    );
  }

  it('has the accuracy of the report, also for each class', () => {
    expect(predicted.length).toBe(expected.samples);
    const share = (rows: readonly number[]) => rows.filter((row) => predicted[row] === samples.labels[row]).length / rows.length;
    const all = [...predicted.keys()];
    expect(share(all)).toBeCloseTo(expected.accuracy, 12);
    // Given to three digits.
    for (const [digit, accuracy] of expected.classAccuracy.entries()) {
      expect(Math.abs(share(all.filter((row) => samples.labels[row] === digit)) - accuracy)).toBeLessThanOrEqual(0.0005);
    }
  });

  it('SISE', async () => {
    const { maps, degenerate } = await explainAll('sise', { params: { layers: ['conv1d_2'] }, classes: predicted });
    expectRates(await ratesOf(maps, expected.sise.keepFraction), expected.sise);
    expect(degenerate.filter(Boolean)).toEqual([]);
  });

  it('SHAP: the maps the report stored', async () => {
    const path = inputPath('mnist1d-shap-deep.npy');
    const { maps } = await explainAll('stored', { params: { path }, filePaths: [path], classes: samples.labels });
    expectRates(await ratesOf(maps, expected.storedShapMaps.keepFraction), expected.storedShapMaps);
  });

  it('SHAP: maps drawn by our own Deep SHAP, about the label, against all test samples', async () => {
    const background = { size: predicted.length, load: () => Promise.resolve(samples.inputs) };
    const { maps, diagnostics } = await explainAll('shap-deep', {
      params: { softmax: 'shap' },
      classes: samples.labels,
      background,
    });
    expectRates(await ratesOf(maps, expected.shapDeep.keepFraction), expected.shapDeep);

    // A few saturated samples have attributions of several hundred, of both signs, that nearly cancel (in the report's maps
    // too): they are computed in float64, and rounded so that the float32 map keeps their sum.
    const additivityError = diagnostics.additivityError ?? new Float64Array();
    expect(additivityError.length).toBe(expected.samples);
    for (const [row, error] of additivityError.entries()) {
      expect(error, `additivity error of sample ${row}`).toBeLessThanOrEqual(1e-4);
    }

    const stored = float32Of(await readNpy(inputPath('mnist1d-shap-deep.npy'), { name: 'stored maps' }));
    const errors = Array.from(predicted.keys(), (row) => {
      const [ours, theirs] = [rowsOf(maps, row, row + 1).data, rowsOf(stored, row, row + 1).data];
      return ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (theirs[i] ?? NaN))), 0);
    }).sort((a, b) => a - b);
    expect(errors[Math.floor(errors.length / 2)]).toBeLessThanOrEqual(expected.shapDeep.mapMedianMaxAbsError);
  });
});
