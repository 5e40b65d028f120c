import type { PlannedEvaluation, PlannedSetting } from '@xaigrid/contracts';
import type { Dataset } from '@xaigrid/datasets';
import type { Engine } from '@xaigrid/engine';
import { explainer, type Explainer } from '@xaigrid/explainers';
import type { EngineLease } from '@xaigrid/service';
import type { EvaluationRecord, MapRow, PredictionRow, Store } from '@xaigrid/store';
import { sharedRowBytes } from '@xaigrid/metrics';
import { rowsOf, sampleRandom, tensorOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoEngine, openDataset } from '../../../tests/support/demo-models.js';
import { explainShard, scoreShard, type ComputingContext } from '../src/index.js';

const RADIUS = 0.05;
const PERTURBATIONS = 3;
/** libs/metrics/src/random-streams.ts */
const STREAM = 0x3e75;
const SEED = 11;

let engine: Engine;
let dataset: Dataset;

beforeAll(async () => {
  engine = await demoEngine('mnist1d-cnn');
  dataset = await openDataset({ kind: 'mnist1d' });
});
afterAll(async () => {
  await engine.close();
  await dataset.close();
});

const sensitivity: PlannedSetting = {
  ...{ metric: 'max-sensitivity', version: 2, scoredClass: 'predicted' },
  setting: { radius: RADIUS, perturbations: PERTURBATIONS },
};

interface AlsoPlanned {
  readonly background?: number;
  readonly setting?: PlannedSetting;
  readonly settings?: readonly PlannedSetting[];
}

function evaluationOf(
  method: string,
  params: PlannedEvaluation['explainer']['params'],
  { background, setting = sensitivity, settings = [setting] }: AlsoPlanned = {},
): EvaluationRecord {
  const { fingerprint, size, sampleShape, classNames } = dataset.info;
  const reference: PlannedEvaluation['dataset'] = {
    ...{ name: 'mnist1d', kind: 'mnist1d', params: {}, files: [], fingerprint, size },
    ...{ sampleShape: [...sampleShape], classNames: [...classNames] },
  };
  const plan: PlannedEvaluation = {
    dataset: reference,
    model: { name: 'cnn', format: 'tfjs-layers', files: [], fingerprint: 'f'.repeat(64) },
    engine: 'onnxruntime',
    explainer: {
      ...{ method, version: explainer(method).version, params, files: [] },
      ...(background === undefined ? {} : { background: { dataset: reference, size: background, selection: 'first' as const } }),
    },
    ...{ explainedClass: 'predicted', seed: SEED, samples: 6, label: method },
    settings: [...settings],
  };
  const scoreSetIds = settings.map((_, index) => index + 1);
  return { id: 1, runId: 'run', ordinal: 0, plan, mapSetId: 1, predictionSetId: 1, scoreSetIds };
}

/** What a store must be able to do for a shard; it keeps what was explained. */
function fakeStore(): {
  readonly store: Store;
  readonly maps: Map<number, MapRow>;
  readonly predictions: Map<number, PredictionRow>;
} {
  const maps = new Map<number, MapRow>();
  const predictions = new Map<number, PredictionRow>();
  const joined = (rows: readonly Float32Array[]): Tensor =>
    tensorOf(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, rows[0]?.length ?? 0]);
  /** The two questions that are asked of stored rows. */
  const kept = <Row, Read>(stored: ReadonlyMap<number, Row>, readRows: (rows: readonly Row[]) => Read) => ({
    missing: (_set: number, _start: number, _end: number, only: Int32Array<ArrayBuffer>) =>
      Promise.resolve(only.filter((index) => !stored.has(index))),
    read: (_set: number, _start: number, _end: number, only: Int32Array<ArrayBuffer>) =>
      Promise.resolve(readRows(Array.from(only, (index) => stored.get(index)).filter((row) => row !== undefined))),
  });
  const store = {
    maps: kept(maps, (rows) => ({
      maps: joined(rows.map(({ data }) => data)),
      degenerate: rows.map(({ degenerate }) => degenerate),
    })),
    predictions: kept(predictions, (rows) => ({
      outputs: joined(rows.map(({ outputs }) => outputs)),
      labels: Int32Array.from(rows, ({ label }) => label),
    })),
    scores: {
      missing: (sets: readonly number[], _start: number, _end: number, only: Int32Array<ArrayBuffer>) =>
        Promise.resolve(sets.map(() => only)),
    },
  };
  return { store: store as unknown as Store, maps, predictions };
}

function contextOf(store: Store, on = engine): ComputingContext {
  return {
    store,
    modelsAndDatasets: {
      dataset: () => Promise.resolve(dataset),
      model: () => Promise.reject(new TypeError('The engine is there.')),
      modelVariant: () => Promise.reject(new TypeError('The engine is there.')),
      close: () => Promise.resolve(),
    },
    slots: {
      count: 1,
      use: (_plan, work) => work(leaseOf(on)),
      close: () => Promise.resolve(),
    },
    filePath: () => Promise.reject(new TypeError('No method here has files.')),
  };
}

/** An engine of a slot; that of a variant is made for it. */
function leaseOf(on: Engine): EngineLease {
  return {
    engine: on,
    prepared: (_key, make) => make(on),
    async withVariant(variant, work) {
      const made = await demoEngine('mnist1d-cnn', variant);
      try {
        return await work(leaseOf(made));
      } finally {
        await made.close();
      }
    },
  };
}

const { signal } = new AbortController();

/** Explains and scores samples, as two workers would. @returns the first measure, a sample */
async function scoresOf(evaluation: EvaluationRecord, ...shards: readonly (readonly number[])[]): Promise<number[]> {
  const { store, maps, predictions } = fakeStore();
  const context = contextOf(store);
  const found: number[] = [];
  for (const shard of shards) {
    const indices = Int32Array.from(shard);
    const explained = await explainShard(context, evaluation, indices, signal);
    for (const map of explained.maps) maps.set(map.sampleIndex, map);
    for (const prediction of explained.predictions) predictions.set(prediction.sampleIndex, prediction);
    const { scores, computed } = await scoreShard(context, evaluation, indices, signal);
    expect(computed).toBe(shard.length);
    found.push(...(scores[0]?.measures[0] ?? []));
  }
  return found;
}

/** As it is written in the paper, one moved copy at a time, the method asked directly. */
async function byFormula(method: Explainer, params: unknown, indices: readonly number[]): Promise<number[]> {
  const prepared = await method.prepare({ engine, params: method.params.parse(params), filePaths: [], seed: SEED });
  const found: number[] = [];
  for (const index of indices) {
    const sampleIndices = Int32Array.of(index);
    const { inputs } = await dataset.readAt(sampleIndices);
    const { data: outputs } = await engine.predict(inputs);
    const classes = Int32Array.of(outputs.indexOf(Math.max(...outputs)));
    const mapOf = async (moved: Tensor): Promise<number[]> => {
      const { maps } = await prepared.explain({ inputs: moved, classes, sampleIndices });
      return [...rowsOf(maps, 0, 1).data];
    };
    const own = await mapOf(inputs);
    const random = sampleRandom(SEED, index, STREAM);
    let largest = 0;
    for (let turn = 0; turn < PERTURBATIONS; turn++) {
      const data = inputs.data.map((value) => value + RADIUS * (2 * random.uniform() - 1));
      const again = await mapOf({ ...inputs, data });
      largest = Math.max(largest, Math.hypot(...again.map((value, at) => value - (own[at] ?? NaN))) / Math.hypot(...own));
    }
    found.push(largest);
  }
  await prepared.close();
  return found;
}

/** Of values of which no two are equal. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const rank = (values: readonly number[], value: number): number => values.filter((other) => other < value).length;
  const squares = a.reduce((sum, value, at) => sum + (rank(a, value) - rank(b, b[at] ?? NaN)) ** 2, 0);
  return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1));
}

describe('maps that are drawn again to be compared', () => {
  it.each([
    ['gradient', {}],
    ['smooth-grad', { draws: 4 }],
    ['sise', { layers: ['conv1d_2'] }],
  ])('are those of the method itself: %s', async (method, params) => {
    const indices = [3, 4, 17];
    const found = await scoresOf(evaluationOf(method, params), indices);
    const expected = await byFormula(explainer(method), params, indices);
    // One sample at a time and three together: sums in float32 differ in their last bits.
    for (const [at, value] of expected.entries()) expect(Math.abs((found[at] ?? NaN) / value - 1)).toBeLessThan(1e-4);
  });

  it('do not depend on how the samples are cut into shards', async () => {
    const evaluation = evaluationOf('smooth-grad', { draws: 4 });
    const once = await scoresOf(evaluation, [0, 1, 2, 3, 4, 5]);
    const often = await scoresOf(evaluation, [0], [1, 2], [3, 4, 5]);
    for (const [at, value] of once.entries()) expect(Math.abs((often[at] ?? NaN) / value - 1)).toBeLessThan(1e-4);
  });

  it.each([
    ['three samples at a time', 2 * 3 * PERTURBATIONS * sharedRowBytes(40)],
    ['not at all', 0],
  ])('are shared by the metrics of an evaluation: %s', async (_, sharedBytes) => {
    const indices = Int32Array.of(2, 3, 5, 7, 11, 13, 17);
    const among: PlannedSetting = {
      ...{ metric: 'average-sensitivity', version: 2, scoredClass: 'label' },
      setting: { definition: 'quantus', radius: RADIUS, perturbations: PERTURBATIONS },
    };
    const both = evaluationOf('gradient', {}, { settings: [sensitivity, among] });
    const { store, maps, predictions } = fakeStore();
    const drawn: number[] = [];
    const counting: Engine = {
      ...engine,
      gradient: (request) => {
        drawn.push(request.inputs.shape[0] ?? 0);
        return engine.gradient(request);
      },
    };
    const explained = await explainShard(contextOf(store), both, indices, signal);
    for (const map of explained.maps) maps.set(map.sampleIndex, map);
    for (const prediction of explained.predictions) predictions.set(prediction.sampleIndex, prediction);
    const context = { ...contextOf(store, counting), sharedBytes };
    const { scores, computed } = await scoreShard(context, both, indices, signal);
    expect(computed).toBe(2 * indices.length);
    const once = indices.length * PERTURBATIONS;
    expect(drawn.reduce((sum, rows) => sum + rows, 0)).toBe(sharedBytes === 0 ? 2 * once : once);
    // Both take the mean of the same distances.
    const [[, ofMax] = [], [ofAverage] = []] = scores.map(({ measures }) => measures);
    expect(ofMax).toHaveLength(indices.length);
    for (const [at, value] of ofMax?.entries() ?? []) expect(Math.abs((ofAverage?.[at] ?? NaN) / value - 1)).toBeLessThan(1e-4);
    for (const { sampleIndices } of scores) expect(sampleIndices).toEqual(indices);
  });

  it('have the background of their own', async () => {
    const found = await scoresOf(evaluationOf('shap-deep', { softmax: 'log-softmax' }, { background: 5 }), [0, 1]);
    expect(found.every((value) => value > 0 && value < 1)).toBe(true);
  });

  it('are the same where the method knows nothing of the sample', async () => {
    expect(await scoresOf(evaluationOf('random', {}), [0, 1, 2])).toEqual([0, 0, 0]);
  });

  it('are those of the model with its weights in another order', async () => {
    const setting: PlannedSetting = {
      ...{ metric: 'model-parameter-randomisation', version: 1, scoredClass: 'predicted' },
      setting: { order: 'top-down', layers: 1 },
    };
    const indices = [0, 1, 2];
    expect(await scoresOf(evaluationOf('random', {}, { setting }), indices)).toEqual([1, 1, 1]);
    const found = await scoresOf(evaluationOf('gradient', {}, { setting }), indices);
    const method = explainer('gradient');
    const shuffled = await demoEngine('mnist1d-cnn', { layers: ['dense'], seed: SEED, by: 'shuffle' });
    const mapsOn = async (on: Engine): Promise<Tensor> => {
      const prepared = await method.prepare({ engine: on, params: method.params.parse({}), filePaths: [], seed: SEED });
      const { inputs } = await dataset.readAt(Int32Array.from(indices));
      const { data } = await engine.predict(inputs);
      const classes = Int32Array.from(indices, (_, row) => {
        const outputs = data.subarray(row * 10, (row + 1) * 10);
        return outputs.indexOf(Math.max(...outputs));
      });
      const { maps } = await prepared.explain({ inputs, classes, sampleIndices: Int32Array.from(indices) });
      return maps;
    };
    const [own, again] = [await mapsOn(engine), await mapsOn(shuffled)];
    await shuffled.close();
    for (const [row, value] of found.entries()) {
      const magnitudes = (maps: Tensor): number[] => Array.from(rowsOf(maps, row, row + 1).data, Math.abs);
      expect(value).toBeCloseTo(spearman(magnitudes(own), magnitudes(again)), 10);
      expect(Math.abs(value)).toBeLessThan(1);
    }
  });

  it('are those of the model with its input shifted: the gradient stays, input × gradient moves by s ∘ gradient', async () => {
    const shift = -2;
    const setting: PlannedSetting = {
      ...{ metric: 'input-invariance', version: 1, scoredClass: 'predicted' },
      setting: { shift },
    };
    const indices = [0, 1, 2];
    // x − 2 + 2 keeps 2^-23 of x; gradients of a piecewise linear network move by no more, where no ReLU turns.
    for (const value of await scoresOf(evaluationOf('gradient', {}, { setting }), indices)) expect(value).toBeLessThan(1e-4);
    const moved = await scoresOf(evaluationOf('input-x-gradient', {}, { setting }), indices);
    const mapsOf = async (method: string): Promise<Tensor> => {
      const own = explainer(method);
      const prepared = await own.prepare({ engine, params: own.params.parse({}), filePaths: [], seed: SEED });
      const { inputs } = await dataset.readAt(Int32Array.from(indices));
      const { data } = await engine.predict(inputs);
      const classes = Int32Array.from(indices, (_, row) => {
        const outputs = data.subarray(row * 10, (row + 1) * 10);
        return outputs.indexOf(Math.max(...outputs));
      });
      return (await prepared.explain({ inputs, classes, sampleIndices: Int32Array.from(indices) })).maps;
    };
    const [gradients, products] = [await mapsOf('gradient'), await mapsOf('input-x-gradient')];
    for (const [row, value] of moved.entries()) {
      const norm = (maps: Tensor): number => Math.hypot(...rowsOf(maps, row, row + 1).data);
      expect(Math.abs(value / ((Math.abs(shift) * norm(gradients)) / norm(products)) - 1)).toBeLessThan(1e-4);
    }
  });

  it('stop when the work is interrupted', async () => {
    const { store, maps, predictions } = fakeStore();
    const context = contextOf(store);
    const evaluation = evaluationOf('gradient', {});
    const indices = Int32Array.of(0);
    const explained = await explainShard(context, evaluation, indices, signal);
    for (const map of explained.maps) maps.set(map.sampleIndex, map);
    for (const prediction of explained.predictions) predictions.set(prediction.sampleIndex, prediction);
    await expect(scoreShard(context, evaluation, indices, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
