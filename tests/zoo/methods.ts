import { toXaigridError } from '@xaigrid/contracts';
import type { Engine, ModelDescription } from '@xaigrid/engine';
import { explainers, type Explainer, type Need } from '@xaigrid/explainers';
import { assertDeepLift, assertDifferentiable, assertRelevance, targetGraph, type Model } from '@xaigrid/graph';
import { argmaxRows, rowsOf, type Tensor } from '@xaigrid/tensor';
import type { MethodResult } from './results.js';

/** Small settings: whether a method runs does not depend on how long. Methods that are not here have their defaults. */
function settingsOf(method: string, { inputShape }: ModelDescription): Readonly<Record<string, unknown>> {
  const halves = inputShape.slice(0, -1).map((extent) => Math.ceil(extent / 2));
  // A table has no positions: its features are perturbed one by one.
  const perturbed = (name: string) => (halves.length === 0 ? {} : { [name]: halves });
  const coalitions = Math.max(64, halves.length === 0 ? 2 * (inputShape[0] ?? 0) : 0);
  const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'shap-gradient': { draws: 4 },
    'shap-kernel': { coalitions, ...perturbed('cell') },
    'integrated-gradients': { steps: 4 },
    'blur-integrated-gradients': { steps: 4 },
    'guided-integrated-gradients': { steps: 4 },
    xrai: { steps: 4 },
    'smooth-grad': { draws: 3 },
    'ss-cam': { draws: 1 },
    'is-cam': { steps: 1 },
    'integrated-grad-cam': { steps: 2 },
    'square-grad': { draws: 3 },
    'var-grad': { draws: 3 },
    occlusion: perturbed('window'),
    rise: { draws: 16 },
    'feature-ablation': perturbed('cell'),
    'feature-permutation': { draws: 2, ...perturbed('cell') },
    'shapley-value-sampling': { draws: 2, ...perturbed('cell') },
    'permutation-shap': { draws: 1, ...perturbed('cell') },
    'exact-shapley': perturbed('cell'),
    'partition-shap': { coalitions: 16, ...(halves.length === 0 ? { baseline: 'background' } : { cell: halves }) },
    sobol: { draws: 2, ...(halves.length === 0 ? {} : { cells: halves.map(() => 2) }) },
    hsic: { draws: 16 },
    'extremal-perturbation': { steps: 3 },
    lime: { draws: 64, ...perturbed('cell') },
  };
  return settings[method] ?? {};
}

const EXPLAINED = 1;

/** What says nothing of a model: maps made elsewhere, and controls, of which one is enough. */
const ofNoModel = ['stored', 'constant', 'edges', 'centre'];

export const triedMethods = explainers.filter(({ method }) => !ofNoModel.includes(method));

/** Each method on the first sample against the others. */
export async function tryMethods(engine: Engine, model: Model, samples: Tensor): Promise<MethodResult[]> {
  const results: MethodResult[] = [];
  for (const method of triedMethods) results.push(await tryMethod(method, { engine, model, samples }));
  return results;
}

interface Trial {
  readonly engine: Engine;
  readonly model: Model;
  readonly samples: Tensor;
}

async function tryMethod(method: Explainer, { engine, model, samples }: Trial): Promise<MethodResult> {
  const name = method.method;
  const params = paramsFor(method, engine.model);
  try {
    method.validate(params, engine.model);
    assertNeed(method.needs?.(params, engine.model), model);
  } catch (error) {
    return { method: name, outcome: 'refused', said: toXaigridError(error).message };
  }
  try {
    const rest = rowsOf(samples, EXPLAINED, samples.shape[0] ?? 0);
    const background = { size: rest.shape[0] ?? 0, load: () => Promise.resolve(rest) };
    const prepared = await method.prepare({ engine, params, background, filePaths: [], seed: 0 });
    const inputs = rowsOf(samples, 0, EXPLAINED);
    const classes = argmaxRows(await engine.predict(inputs));
    const request = { inputs, classes, sampleIndices: Int32Array.from({ length: EXPLAINED }, (_, row) => row) };
    const { maps, degenerate, diagnostics } = await prepared.explain(request).finally(() => prepared.close());
    if (!maps.data.every(Number.isFinite)) return { method: name, outcome: 'failed', said: 'a map is not finite' };
    const constantMaps = degenerate.filter(Boolean).length;
    const { additivityError } = name === 'shap-deep' ? diagnostics : {};
    return {
      ...{ method: name, outcome: 'works' },
      ...(constantMaps === 0 ? {} : { constantMaps }),
      ...(additivityError === undefined ? {} : { additivityError: Math.max(...additivityError) }),
    };
  } catch (error) {
    return { method: name, outcome: 'failed', said: toXaigridError(error).message };
  }
}

/** Where there is no layer to begin with that a method would take by itself, one is named, as its refusal asks. */
function paramsFor(method: Explainer, model: ModelDescription): unknown {
  const settings = settingsOf(method.method, model);
  const params = method.params.parse(settings);
  const named = featureLayers(model).at(-1);
  if (method.usesLayers !== true || named === undefined) return params;
  try {
    method.validate(params, model);
    return params;
  } catch {
    return method.params.parse({ ...settings, ...(method.method === 'sise' ? { layers: [named] } : { layer: named }) });
  }
}

/** Layers with channels over as many axes of positions as the input has. */
function featureLayers({ layers, inputShape }: ModelDescription): string[] {
  const overPositions = ({ shape, attention, unplaced }: ModelDescription['layers'][number]) =>
    attention !== true &&
    unplaced !== true &&
    shape.length === inputShape.length &&
    shape.slice(0, -1).some((extent) => extent > 1);
  return layers.filter(overPositions).map(({ name }) => name);
}

/** As a plan asks, before anything is computed. */
function assertNeed(need: Need | undefined, model: Model): void {
  if (need === undefined) return;
  if ('multipliersOf' in need) {
    assertDeepLift(model.graph);
    return;
  }
  if ('relevanceBy' in need) {
    assertRelevance(targetGraph(model, 'logit'), need.relevanceBy);
    return;
  }
  if ('biasGradients' in need) {
    assertDifferentiable(model.graph);
    return;
  }
  const { gradientsOf, reluRule } = need;
  const values = model.layers.flatMap(({ name, value }) => (gradientsOf.includes(name) ? [value] : []));
  assertDifferentiable(model.graph, gradientsOf === 'input' ? undefined : values, reluRule);
}
