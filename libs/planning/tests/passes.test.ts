import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, type Engine } from '@xaigrid/engine';
import { explainer, explainers } from '@xaigrid/explainers';
import { transformerNetwork } from '../../explainers/tests/transformer-networks.js';
import { metric, metrics, type MapsWanted, type Redrawing } from '@xaigrid/metrics';
import { encodeNpy, sizeOf } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../src/open-model.js';
import { countingEngine } from './counting-engine.js';
import { metricCases } from './metric-cases.js';
import { waves } from './waves.js';

/** What methods and metrics say that they ask of an engine, and what an engine that counts is asked for. */
const SAMPLES = 3;
const REFERENCES = 5;

let signals: Engine;
let images: Engine;
let folder = '';
beforeAll(async () => {
  const models = fileURLToPath(new URL('../../../models/', import.meta.url));
  const open = async (name: string): Promise<Engine> => {
    const { model } = await openModel(name, { path: `${name}/model.json` }, models);
    return createEngine({ model, name: 'onnxruntime', threads: 1 });
  };
  signals = await open('mnist1d-cnn');
  images = await open('texture-patches-vgg');
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-passes-'));
  await writeFile(join(folder, 'maps.npy'), encodeNpy(waves([40], SAMPLES)));
});
afterAll(async () => {
  await Promise.all([signals.close(), images.close()]);
  await rm(folder, { recursive: true, force: true });
});

const indices = Int32Array.from({ length: SAMPLES }, (_, index) => index);

async function countsOf(method: string, options: object, real = signals) {
  const found = explainer(method);
  const filePath = join(folder, 'maps.npy');
  const params = found.params.parse(method === 'stored' ? { path: filePath, ...options } : options);
  found.validate(params, real.model);
  const { engine, counts } = countingEngine(real);
  const prepared = await found.prepare({
    ...{ engine, params, seed: 0, filePaths: [filePath] },
    ...(found.usesBackground
      ? { background: { size: REFERENCES, load: () => Promise.resolve(waves(real.model.inputShape, REFERENCES)) } }
      : {}),
  });
  const once = { ...counts };
  const { maps } = await prepared.explain({
    ...{ inputs: waves(real.model.inputShape, SAMPLES), classes: indices, sampleIndices: indices },
  });
  await prepared.close();
  return {
    mapShape: maps.shape.slice(1),
    saidShape: await found.mapShape(params, real.model, [filePath]),
    said: found.passes(params, real.model, found.usesBackground ? REFERENCES : 0),
    once,
    forward: counts.forward - once.forward,
    gradient: counts.gradient - once.gradient,
  };
}

const cases: readonly (readonly [method: string, options: object])[] = [
  ['grad-cam', {}],
  ['grad-cam', { target: 'logit', contrast: 'second' }],
  ['integrated-gradients', { steps: 3, target: 'log-probability', contrast: 2 }],
  ['shap-kernel', { cell: [10], contrast: 'second' }],
  ['integrated-grad-cam', { steps: 3 }],
  ['integrated-grad-cam', { steps: 2, baseline: ['mean', 'background'], contrast: 'second' }],
  ['integrated-grad-cam', { steps: 2, difference: false, layer: 'conv1d' }],
  ['score-cam', {}],
  ['score-cam', { layer: 'conv1d' }],
  ['grad-cam-plus-plus', {}],
  ['layer-cam', { layer: 'conv1d', contrast: 'second' }],
  ['hires-cam', { target: 'logit' }],
  ['xgrad-cam', {}],
  ['eigen-cam', {}],
  ['eigen-grad-cam', {}],
  ['ablation-cam', {}],
  ['ss-cam', { draws: 3 }],
  ['is-cam', { steps: 2 }],
  ['finer-cam', {}],
  ['finer-cam', { references: 50 }],
  ['finer-cam', { references: [0, 4], contrast: 'second' }],
  ['ablation-cam', { layer: 'conv1d', contrast: 'second' }],
  ['shap-deep', {}],
  ['shap-deep', { softmax: 'shap', channels: 'sum' }],
  ['deep-lift', { reference: 0.5 }],
  ['lrp', {}],
  ['lrp', { composite: 'epsilon-alpha2-beta1-flat', contrast: 'second', channels: 'sum' }],
  ['shap-gradient', { draws: 7 }],
  ['shap-gradient', { draws: 200, sampling: 'stratified' }],
  // All 2^5 − 2 coalitions of five cells; fewer than there are, an odd number; one cell, whose φ needs none.
  ['shap-kernel', { cell: [8], coalitions: 64 }],
  ['shap-kernel', { cell: [4], coalitions: 201 }],
  ['shap-kernel', { cell: [4], coalitions: 20 }],
  ['shap-kernel', { cell: [40] }],
  ['integrated-gradients', { steps: 9 }],
  ['integrated-gradients', { steps: 4, baseline: 'background', rule: 'gauss-legendre' }],
  ['integrated-gradients', { steps: 4, baseline: [0, 1, 'background-mean'] }],
  ['integrated-gradients', { steps: 4, baseline: ['mean', { uniform: 2 }], rule: 'trapezoid' }],
  ['input-x-gradient', {}],
  ['full-grad', {}],
  ['full-grad', { scaling: 'channel', scaled: true, target: 'logit', contrast: 'second' }],
  ['gradient', {}],
  ['smooth-grad', { draws: 6, channels: 'sum-absolute' }],
  ['square-grad', { draws: 6 }],
  ['var-grad', { draws: 3, of: 'integrated-gradients', steps: 4 }],
  ['guided-backpropagation', {}],
  ['guided-grad-cam', {}],
  ['deconvnet', { channels: 'sum' }],
  ['blur-integrated-gradients', { steps: 5 }],
  ['guided-integrated-gradients', { steps: 5, baseline: ['mean', 'background'] }],
  ['occlusion', {}],
  ['occlusion', { window: [7], stride: [3] }],
  ['occlusion', { baseline: { blur: 2 } }],
  ['feature-ablation', { cell: [7], contrast: 'second' }],
  ['feature-ablation', { superpixels: { by: 'slic', segments: 6 } }],
  ['feature-permutation', { cell: [9], draws: 2 }],
  ['shapley-value-sampling', { cell: [9], draws: 3, contrast: 'second' }],
  ['exact-shapley', { cell: [9] }],
  ['permutation-shap', { cell: [9], draws: 2 }],
  ['partition-shap', { coalitions: 31 }],
  ['partition-shap', { cell: [9], baseline: 'background', contrast: 'second' }],
  ['occlusion', { baseline: 'background-mean' }],
  ['shap-kernel', { superpixels: { by: 'slic', segments: 4 } }],
  ['rise', { draws: 21 }],
  ['lime', { draws: 21 }],
  ['sobol', { draws: 3, cells: [5] }],
  ['hsic', { draws: 21 }],
  ['extremal-perturbation', { steps: 3 }],
  ['extremal-perturbation', { steps: 2, areas: [0.1, 0.3], variant: 'dual', baseline: 'background-mean', contrast: 'second' }],
  ['centre', {}],
  ['random', {}],
  ['constant', {}],
  ['edges', {}],
  ['stored', {}],
];

const ofAttention: typeof cases = [
  ['raw-attention', {}],
  ['attention-rollout', { heads: 'max', discard: 0.5 }],
  ['gradient-rollout', {}],
  ['generic-attention', { contrast: 'second' }],
  ['legrad', {}],
  ['legrad', { blocks: 2, contrast: 'second' }],
  ['grad-cam', {}],
  ['ablation-cam', {}],
];

describe('explainers run the model as often as they say', () => {
  it('every method is tried', () => {
    const tried = new Set(['sise', 'xrai', ...[...cases, ...ofAttention].map(([method]) => method)]);
    expect(explainers.map(({ method }) => method).filter((method) => !tried.has(method))).toEqual([]);
  });

  it.each(cases)('%s %j: exactly', (method, options) => expectExact(method, options, signals));

  it('xrai, which is for images: exactly', () => expectExact('xrai', { steps: 3, minSize: 0.05 }, images));

  it.each(ofAttention)('%s %j, of a vision transformer: exactly', async (method, options) => {
    const transformer = await transformerNetwork('timm ViT').open();
    await expectExact(method, options, transformer).finally(() => transformer.close());
  });

  async function expectExact(method: string, options: object, engine: Engine): Promise<void> {
    const { said, once, forward, gradient, mapShape, saidShape } = await countsOf(method, options, engine);
    expect(saidShape).toEqual(mapShape);
    expect(said.atMost).toBeUndefined();
    expect({ forward: forward / SAMPLES, gradient: gradient / SAMPLES }).toEqual({
      forward: said.forward,
      gradient: said.gradient,
    });
    expect(once).toEqual({ forward: said.once ?? 0, gradient: 0 });
  }

  it.each([
    ['sise', {}],
    ['sise', { layers: ['conv1d', 'conv1d_2'] }],
    ['sise', { selection: 'otsu' }],
    ['sise', { maskBudget: 4 }],
  ])('%s %j: at most', async (method, options) => {
    const { said, once, forward, gradient, mapShape, saidShape } = await countsOf(method, options);
    expect(saidShape).toEqual(mapShape);
    expect(said.atMost).toBe(true);
    expect(forward).toBeGreaterThan(0);
    expect(forward).toBeLessThanOrEqual(SAMPLES * said.forward);
    expect(gradient).toBe(SAMPLES * said.gradient);
    expect(once).toEqual({ forward: 0, gradient: 0 });
  });

  it('SISE reaches its bound where each layer has a feature map that speaks for the class', async () => {
    const { said, forward } = await countsOf('sise', { layers: ['conv1d', 'conv1d_2'], maskBudget: 1 });
    expect([said.forward, forward / SAMPLES]).toEqual([2, 2]);
  });
});

describe('metrics run the model as often as they say', () => {
  it('every metric is tried', () => {
    const tried = new Set(metricCases.map(([name]) => name));
    expect(metrics.map(({ metric: name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it.each(metricCases)('%s %j', async (name, options) => {
    const scorer = metric(name);
    const settings = scorer.settings(scorer.params.parse(options), signals.model);
    const { engine, counts } = countingEngine(signals);
    const inputs = waves(signals.model.inputShape, SAMPLES);
    const predictions = await signals.predict(inputs);
    const positions = signals.model.inputShape.slice(0, -1);
    const regions = { shape: [SAMPLES, ...positions], data: new Float32Array(SAMPLES * sizeOf(positions)).fill(1) };
    let drawn = 0;
    const draw = ({ sampleIndices }: MapsWanted) => {
      drawn += sampleIndices.length;
      return Promise.resolve(waves(positions, sampleIndices.length));
    };
    const redrawing: Redrawing = { ...{ explainedClasses: indices, draw }, onVariant: (_, work) => work(draw) };
    const request = { engine, inputs, maps: waves(positions, SAMPLES), predictions, classes: indices, settings, regions };
    await scorer.score({ ...request, seed: 0, sampleIndices: indices, redrawing });
    expect(drawn / SAMPLES).toBe(scorer.drawsAgain?.(settings) ?? 0);
    const said = scorer.passes(settings, signals.model);
    expect(said.once).toBeUndefined();
    expect({ forward: counts.forward / SAMPLES, gradient: counts.gradient / SAMPLES }).toEqual(said);
  });
});
