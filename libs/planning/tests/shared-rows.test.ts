import { fileURLToPath } from 'node:url';
import { createEngine, type Engine } from '@xaigrid/engine';
import { createSharedRows, metric, type MapsWanted, type Redrawing, type SharedRows } from '@xaigrid/metrics';
import { sizeOf } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../src/open-model.js';
import { countingEngine } from './counting-engine.js';
import { metricCases } from './metric-cases.js';
import { waves } from './waves.js';

/** Metrics of a run that are scored one after the other, with what they share and without. */
const SAMPLES = 3;
const indices = Int32Array.from({ length: SAMPLES }, (_, index) => index);

let real: Engine;
beforeAll(async () => {
  const models = fileURLToPath(new URL('../../../models/', import.meta.url));
  const { model } = await openModel('cnn', { path: 'mnist1d-cnn/model.json' }, models);
  real = await createEngine({ model, name: 'onnxruntime', threads: 1 });
});
afterAll(() => real.close());

type Case = readonly [name: string, options: object];

/** Scores each case in turn, and counts what it asked for, a sample. Maps drawn again depend on what is explained. */
async function scoredInTurn(cases: readonly Case[], shared?: SharedRows) {
  const inputs = waves(real.model.inputShape, SAMPLES);
  const positions = real.model.inputShape.slice(0, -1);
  const predictions = await real.predict(inputs);
  const regions = { shape: [SAMPLES, ...positions], data: new Float32Array(SAMPLES * sizeOf(positions)).fill(1) };
  const found = [];
  for (const [name, options] of cases) {
    const scorer = metric(name);
    const settings = scorer.settings(scorer.params.parse(options), real.model);
    const { engine, counts } = countingEngine(real);
    let drawn = 0;
    const draw = ({ inputs: moved, sampleIndices }: MapsWanted) => {
      drawn += sampleIndices.length;
      return Promise.resolve({ shape: [sampleIndices.length, ...positions], data: moved.data.map((value) => value * value) });
    };
    const redrawing: Redrawing = { ...{ explainedClasses: indices, draw }, onVariant: (_, work) => work(draw) };
    const maps = waves(positions, SAMPLES);
    const request = { engine, inputs, maps, predictions, classes: indices, settings, regions, seed: 0, redrawing };
    const { measures } = await scorer.score({ ...request, sampleIndices: indices, shared });
    found.push({ name, measures, drawn: drawn / SAMPLES, forward: counts.forward / SAMPLES });
  }
  return found;
}

describe('metrics share what they compute', () => {
  it('and no score changes', async () => {
    const alone = await scoredInTurn(metricCases);
    const together = await scoredInTurn(metricCases, createSharedRows(2 ** 27));
    const backwards = await scoredInTurn([...metricCases].reverse(), createSharedRows(2 ** 27));
    for (const [at, { name, measures }] of alone.entries()) {
      expect([name, together[at]?.measures]).toEqual([name, measures]);
      expect([name, backwards[alone.length - 1 - at]?.measures]).toEqual([name, measures]);
    }
  });

  it.each<[Case, Case, { readonly drawn?: number; readonly forward: number }]>([
    // The curve of 40 steps has all steps of these.
    [['deletion-insertion', { steps: 40 }], ['pixel-flipping', { baseline: 'zero' }], { forward: 0 }],
    [['deletion-insertion', { steps: 40 }], ['comprehensiveness', {}], { forward: 0 }],
    [['deletion-insertion', { steps: 40 }], ['drop-increase', { keepFractions: [0.1, 0.5], baseline: 'zero' }], { forward: 0 }],
    // Insertion of the first unit is a single one; another baseline has other outputs.
    [['comprehensiveness', { baseline: 'mean' }], ['comprehensiveness', { baseline: 'zero' }], { forward: 10 }],
    [['comprehensiveness', { target: 'logit' }], ['comprehensiveness', {}], { forward: 10 }],
    // The first order is the same; the second is imputed.
    [['road', {}], ['road-combined', {}], { forward: 9 }],
    [['relative-input-stability', {}], ['relative-output-stability', { target: 'probability' }], { drawn: 0, forward: 0 }],
    // 50 passes for the outputs of the layers, and one for those of the samples themselves.
    [['relative-input-stability', {}], ['relative-representation-stability', {}], { drawn: 0, forward: 51 }],
    [['max-sensitivity', {}], ['average-sensitivity', { perturbations: 12 }], { drawn: 2, forward: 12 }],
    [['max-sensitivity', {}], ['max-sensitivity', { radius: 0.03 }], { drawn: 10, forward: 0 }],
    // What is drawn is a metric's own.
    [['pixel-flipping', { baseline: 'uniform' }], ['pixel-flipping', { baseline: 'uniform' }], { forward: 40 }],
  ])('after %j, %j', async (first, second, { drawn = 0, forward }) => {
    const [, found] = await scoredInTurn([first, second], createSharedRows(2 ** 27));
    expect({ drawn: found?.drawn, forward: found?.forward }).toEqual({ drawn, forward });
  });

  it('and forget the oldest where memory is short', async () => {
    const cases: Case[] = [
      ['max-sensitivity', {}],
      ['average-sensitivity', {}],
    ];
    // One entry takes 160 bytes and what it takes beside them: there is room for less than a draw of three samples.
    const [, found] = await scoredInTurn(cases, createSharedRows(1000));
    const [, alone] = await scoredInTurn(cases);
    expect(found).toEqual(alone);
  });
});
