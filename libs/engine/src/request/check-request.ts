import { didYouMean, XaigridError } from '@xaigrid/contracts';
import { isTable, positionsOfShape, sizeOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import type {
  AblationRequest,
  DeepLiftRequest,
  ExpectedGradientsRequest,
  GradientRequest,
  LayerDescription,
  MaskBaseline,
  MaskScoresRequest,
  ModelDescription,
  RelevanceRequest,
  ResizedMasks,
  ThresholdMasks,
} from '../engine.js';
import { LARGEST_SIGMA } from './gaussian-matrix.js';
import { layerList } from './layer-list.js';

/** The extents of the input without channels, which are those of a map. */
function positionsOf(model: ModelDescription): readonly number[] {
  return model.inputShape.slice(0, -1);
}

/**
 * @returns the number of samples.
 * @throws SHAPE_MISMATCH when `tensor` is not `[n, ...model.inputShape]`.
 */
export function checkSamples(model: ModelDescription, tensor: Tensor, what: string): number {
  const [samples = 0, ...shape] = tensor.shape;
  if (tensor.shape.length === 0 || !sameShape(shape, model.inputShape)) {
    throw mismatch(
      `${what} of shape ${shapeText(tensor.shape)} do not fit the model, which takes ${shapeText(['n', ...model.inputShape])}.`,
    );
  }
  checkLength(tensor, what);
  return samples;
}

/** @throws SHAPE_MISMATCH unless there is one class of the model for each sample. */
function checkClasses(model: ModelDescription, { classes, contrasts = classes }: ExplainedOutputs, samples: number): void {
  for (const indices of [classes, contrasts]) {
    if (indices.length !== samples) throw mismatch(`${samples} samples need ${samples} classes, not ${indices.length}.`);
    const wrong = indices.find((index) => index < 0 || index >= model.classes);
    if (wrong !== undefined) {
      throw mismatch(`Class ${wrong} is not one of the model's ${model.classes} classes, 0 to ${model.classes - 1}.`);
    }
  }
}

/**
 * The layer with this name or alias.
 * @throws LAYER_NOT_FOUND, with the layers of the model.
 */
export function layerNamed(model: ModelDescription, name: string): LayerDescription {
  const layer =
    model.layers.find((candidate) => candidate.name === name) ?? model.layers.find(({ aliases }) => aliases?.includes(name));
  if (layer !== undefined) return layer;
  const names = model.layers.flatMap(({ name: own, aliases = [] }) => [own, ...aliases]);
  throw new XaigridError(
    'LAYER_NOT_FOUND',
    `Layer "${name}" is not in the model.${didYouMean(name, names)} Layers: ${layerList(model.layers)}.`,
  );
}

export function checkGradient(model: ModelDescription, request: GradientRequest): number {
  const samples = checkSamples(model, request.inputs, 'Inputs');
  checkClasses(model, request, samples);
  if (request.wrt !== 'input') for (const name of request.wrt) layerNamed(model, name);
  if (request.bypass !== undefined) checkBypass(model, request.bypass);
  return samples;
}

/** @throws SHAPE_MISMATCH for layers that have not the same shape, or in the wrong order */
function checkBypass(model: ModelDescription, bypass: { readonly from: string; readonly to: string }): void {
  const [from, to] = [layerNamed(model, bypass.from), layerNamed(model, bypass.to)];
  if (sameShape(from.shape, to.shape) && model.layers.indexOf(from) <= model.layers.indexOf(to)) return;
  throw mismatch(
    `The output of layer "${from.name}", ${shapeText(from.shape)}, cannot take the place of that of "${to.name}", ${shapeText(to.shape)}.`,
  );
}

/** The kind of a checked request. Requests of one kind share a graph. */
export interface MaskScoresKind {
  readonly masks:
    | { readonly of: 'thresholds'; /** Each value is masked on its own. */ readonly perValue: boolean }
    | { readonly of: 'maps'; readonly grid: readonly number[]; readonly scaled: boolean };
  readonly baseline: 'zero' | 'one' | 'per sample' | 'references';
}

export function checkMaskScores(model: ModelDescription, request: MaskScoresRequest): MaskScoresKind {
  const { inputs, sampleOf, masks, baseline, sums } = request;
  const samples = checkSamples(model, inputs, 'Inputs');
  checkIndices('sample', sampleOf, samples);
  const kind: MaskScoresKind = {
    masks: 'above' in masks ? checkThresholdMasks(model, inputs, masks, sampleOf) : checkResizedMasks(model, masks, sampleOf),
    baseline: checkBaseline(model, inputs, baseline, sampleOf),
  };
  if (sums === undefined) return kind;
  checkClasses(model, sums, samples);
  if (kind.masks.of !== 'maps' || kind.baseline !== 'zero')
    throw mismatch('Masks can be summed up only if they are maps over zeros, not thresholds and not over another baseline.');
  for (let row = 1; row < sampleOf.length; row++) {
    if ((sampleOf[row] ?? 0) < (sampleOf[row - 1] ?? 0))
      throw mismatch('Rows of masks that are summed up must have their samples in ascending order.');
  }
  return kind;
}

function checkThresholdMasks(
  model: ModelDescription,
  inputs: Tensor,
  { maps, above }: ThresholdMasks,
  sampleOf: Int32Array,
): MaskScoresKind['masks'] {
  const perValue = sameShape(maps.shape, inputs.shape);
  if (!perValue && !sameShape(maps.shape, [inputs.shape[0] ?? 0, ...positionsOf(model)])) {
    throw mismatch(
      `Maps of shape ${shapeText(maps.shape)} do not fit inputs of shape ${shapeText(inputs.shape)}: expected the same shape, or the shape without channels.`,
    );
  }
  checkLength(maps, 'Maps');
  if (above.length !== sampleOf.length) throw mismatch(`Rows name ${sampleOf.length} samples but ${above.length} thresholds.`);
  return { of: 'thresholds', perValue };
}

function checkResizedMasks(
  model: ModelDescription,
  { maps, mapOf, channelOf, scaled }: ResizedMasks,
  sampleOf: Int32Array,
): MaskScoresKind['masks'] {
  const positions = positionsOfShape(model.inputShape);
  const [count = 0, ...rest] = maps.shape;
  const grid = rest.slice(0, -1);
  const fits = isTable(model.inputShape) ? sameShape(grid, positions) : grid.length === positions.length;
  if (!fits || sizeOf(rest) === 0) {
    const wanted = shapeText(['maps', ...positions.map(() => 'position'), 'channels']);
    throw mismatch(
      `Maps of shape ${shapeText(maps.shape)} are not masks for inputs of shape ${shapeText(model.inputShape)}: expected ${wanted}.`,
    );
  }
  checkLength(maps, 'Maps');
  if (mapOf.length !== sampleOf.length || channelOf.length !== sampleOf.length)
    throw mismatch(`Rows name ${sampleOf.length} samples but ${mapOf.length} maps and ${channelOf.length} channels.`);
  checkIndices('map', mapOf, count);
  checkIndices('channel', channelOf, rest.at(-1) ?? 0);
  return { of: 'maps', grid, scaled };
}

function checkBaseline(
  model: ModelDescription,
  inputs: Tensor,
  baseline: MaskBaseline,
  sampleOf: Int32Array,
): MaskScoresKind['baseline'] {
  if (baseline === 'zero') return 'zero';
  if ('blur' in baseline) {
    if (baseline.blur >= 0 && baseline.blur <= LARGEST_SIGMA) return 'per sample';
    throw mismatch(
      `A baseline cannot be blurred by ${baseline.blur}: give a standard deviation from 0 to ${LARGEST_SIGMA} positions.`,
    );
  }
  if ('references' in baseline) {
    const { references, referenceOf } = baseline;
    if (referenceOf.length !== sampleOf.length)
      throw mismatch(`Rows name ${sampleOf.length} samples but ${referenceOf.length} references.`);
    checkIndices('reference', referenceOf, checkReferences(model, references));
    return 'references';
  }
  const perSample = sameShape(baseline.shape, inputs.shape);
  if (!perSample && !sameShape(baseline.shape, model.inputShape)) {
    throw mismatch(
      `A baseline of shape ${shapeText(baseline.shape)} does not fit the model, whose inputs are ${shapeText(model.inputShape)}.`,
    );
  }
  checkLength(baseline, 'Baseline');
  return perSample ? 'per sample' : 'one';
}

/** @returns the layer */
export function checkAblation(model: ModelDescription, request: AblationRequest): LayerDescription {
  const { inputs, sampleOf, channelOf } = request;
  const layer = layerNamed(model, request.layer);
  checkIndices('sample', sampleOf, checkSamples(model, inputs, 'Inputs'));
  if (channelOf.length !== sampleOf.length)
    throw mismatch(`Rows name ${sampleOf.length} samples but ${channelOf.length} channels.`);
  checkIndices('channel', channelOf, layer.shape.at(-1) ?? 0);
  return layer;
}

export function checkReferences(model: ModelDescription, references: Tensor): number {
  const count = checkSamples(model, references, 'References');
  if (count === 0) throw mismatch('At least one reference is needed: give a background with one sample or more.');
  return count;
}

export function checkDeepLift(model: ModelDescription, request: DeepLiftRequest): number {
  const samples = checkSamples(model, request.inputs, 'Inputs');
  checkClasses(model, request, samples);
  return samples;
}

export function checkRelevance(model: ModelDescription, request: RelevanceRequest): number {
  const { low, high } = boxOf(request.rules);
  const channels = model.inputShape.at(-1) ?? 1;
  for (const bounds of [low, high]) {
    if (bounds.length !== 1 && bounds.length !== channels)
      throw mismatch(`A box needs one bound, or one for each of the ${channels} channels of a sample, not ${bounds.length}.`);
  }
  return checkDeepLift(model, request);
}

/** The bounds of the box. If there is none, they are all the same. */
function boxOf({ first }: RelevanceRequest['rules']): { readonly low: readonly number[]; readonly high: readonly number[] } {
  return first?.rule.rule === 'box' ? first.rule : { low: [0], high: [0] };
}

export function checkExpectedGradients(
  model: ModelDescription,
  request: ExpectedGradientsRequest,
  referenceCount: number,
): number {
  const samples = checkDeepLift(model, request);
  const { draws, references, fractions, weights } = request;
  if (!Number.isInteger(draws) || draws < 1)
    throw mismatch(`Expected gradients need at least one draw per sample, not ${draws}.`);
  const wanted = samples * draws;
  if (references.length !== wanted || fractions.length !== wanted) {
    throw mismatch(
      `${samples} samples with ${draws} draws need ${wanted} references and fractions, not ${references.length} and ${fractions.length}.`,
    );
  }
  if (weights !== undefined && weights.length !== wanted)
    throw mismatch(`${samples} samples with ${draws} draws need ${wanted} weights, not ${weights.length}.`);
  const wrong = references.find((index) => index < 0 || index >= referenceCount);
  if (wrong !== undefined) throw mismatch(`Reference ${wrong} is not one of the ${referenceCount} references.`);
  return samples;
}

function checkIndices(what: 'sample' | 'map' | 'channel' | 'reference', indices: Int32Array, count: number): void {
  const wrong = indices.find((index) => index < 0 || index >= count);
  if (wrong !== undefined) throw mismatch(`A row names ${what} ${wrong}, but there are ${count} ${what}s.`);
}

function checkLength(tensor: Tensor, what: string): void {
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw mismatch(`${what} of shape ${shapeText(tensor.shape)} need ${sizeOf(tensor.shape)} values, not ${tensor.data.length}.`);
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}

function mismatch(message: string): XaigridError {
  return new XaigridError('SHAPE_MISMATCH', message);
}
