import { didYouMean, XaigridError } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import type {
  DeepLiftRequest,
  ExplainedOutputs,
  ExpectedGradientsRequest,
  GradientRequest,
  LayerDescription,
  MaskedPredictionRequest,
  ModelDescription,
  WeightedMaskSumRequest,
} from '../engine.js';
import { LARGEST_SIGMA } from './gaussian-matrix.js';

/** The input's extents without channels: what a map has. */
export function positionsOf(model: ModelDescription): readonly number[] {
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

/** The layer of this name, or of this alias. @throws LAYER_NOT_FOUND, with all layers of the model. */
export function layerNamed(model: ModelDescription, name: string): LayerDescription {
  const layer =
    model.layers.find((candidate) => candidate.name === name) ?? model.layers.find(({ aliases }) => aliases?.includes(name));
  if (layer !== undefined) return layer;
  const names = model.layers.map((candidate) => candidate.name);
  throw new XaigridError(
    'LAYER_NOT_FOUND',
    `Layer "${name}" is not in the model.${didYouMean(name, names)} Layers: ${names.join(', ')}.`,
  );
}

export function checkGradient(model: ModelDescription, request: GradientRequest): number {
  const samples = checkSamples(model, request.inputs, 'Inputs');
  checkClasses(model, request, samples);
  if (request.wrt !== 'input') for (const name of request.wrt) layerNamed(model, name);
  return samples;
}

export function checkWeightedMaskSum(model: ModelDescription, request: WeightedMaskSumRequest): number {
  const { inputs, activations, rows } = request;
  const samples = checkSamples(model, inputs, 'Inputs');
  checkClasses(model, request, samples);
  if (
    activations.shape.length !== inputs.shape.length ||
    activations.shape[0] !== samples ||
    sizeOf(activations.shape.slice(1)) === 0
  ) {
    const wanted = shapeText(['n', ...positionsOf(model).map(() => 'position'), 'channels']);
    throw mismatch(
      `Feature maps of shape ${shapeText(activations.shape)} do not fit inputs of shape ${shapeText(inputs.shape)}: expected ${wanted}.`,
    );
  }
  checkLength(activations, 'Feature maps');
  checkRows(rows.sample, samples);
  if (rows.channel.length !== rows.sample.length) {
    throw mismatch(`Rows name ${rows.sample.length} samples but ${rows.channel.length} channels.`);
  }
  const channels = activations.shape.at(-1) ?? 0;
  const wrong = rows.channel.find((channel) => channel < 0 || channel >= channels);
  if (wrong !== undefined) throw mismatch(`Channel ${wrong} is not one of the ${channels} channels of the feature maps.`);
  for (let row = 1; row < rows.sample.length; row++) {
    if ((rows.sample[row] ?? 0) < (rows.sample[row - 1] ?? 0))
      throw mismatch('Rows of a weighted mask sum must have their samples in ascending order.');
  }
  return samples;
}

/** What a checked request for masked predictions is like. */
export interface MaskedPredictionShapes {
  readonly samples: number;
  /** Maps have channels: each value is masked on its own. */
  readonly mapsHaveChannels: boolean;
  /** There is one baseline a sample, not one for all. */
  readonly baselinePerSample: boolean;
}

export function checkMaskedPrediction(model: ModelDescription, request: MaskedPredictionRequest): MaskedPredictionShapes {
  const { inputs, maps, rows, baseline } = request;
  const samples = checkSamples(model, inputs, 'Inputs');
  const mapsHaveChannels = sameShape(maps.shape, inputs.shape);
  if (!mapsHaveChannels && !sameShape(maps.shape, [samples, ...positionsOf(model)])) {
    throw mismatch(
      `Maps of shape ${shapeText(maps.shape)} do not fit inputs of shape ${shapeText(inputs.shape)}: expected the same shape, or that without channels.`,
    );
  }
  checkLength(maps, 'Maps');
  const baselinePerSample = checkBaseline(model, inputs, baseline);
  checkRows(rows.sample, samples);
  if (rows.threshold.length !== rows.sample.length) {
    throw mismatch(`Rows name ${rows.sample.length} samples but ${rows.threshold.length} thresholds.`);
  }
  return { samples, mapsHaveChannels, baselinePerSample };
}

/** @returns whether there is one baseline a sample. */
function checkBaseline(model: ModelDescription, inputs: Tensor, baseline: MaskedPredictionRequest['baseline']): boolean {
  if ('blur' in baseline) {
    if (baseline.blur >= 0 && baseline.blur <= LARGEST_SIGMA) return true;
    throw mismatch(
      `A baseline cannot be blurred by ${baseline.blur}: give a standard deviation from 0 to ${LARGEST_SIGMA} positions.`,
    );
  }
  const perSample = sameShape(baseline.shape, inputs.shape);
  if (!perSample && !sameShape(baseline.shape, model.inputShape)) {
    throw mismatch(
      `A baseline of shape ${shapeText(baseline.shape)} does not fit the model, whose inputs are ${shapeText(model.inputShape)}.`,
    );
  }
  checkLength(baseline, 'Baseline');
  return perSample;
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

export function checkExpectedGradients(
  model: ModelDescription,
  request: ExpectedGradientsRequest,
  referenceCount: number,
): number {
  const samples = checkDeepLift(model, request);
  const { draws, references, fractions } = request;
  if (!Number.isInteger(draws) || draws < 1) throw mismatch(`Expected gradients need at least one draw a sample, not ${draws}.`);
  const wanted = samples * draws;
  if (references.length !== wanted || fractions.length !== wanted) {
    throw mismatch(
      `${samples} samples with ${draws} draws need ${wanted} references and fractions, not ${references.length} and ${fractions.length}.`,
    );
  }
  const wrong = references.find((index) => index < 0 || index >= referenceCount);
  if (wrong !== undefined) throw mismatch(`Reference ${wrong} is not one of the ${referenceCount} references.`);
  return samples;
}

function checkRows(sample: Int32Array, samples: number): void {
  const wrong = sample.find((index) => index < 0 || index >= samples);
  if (wrong !== undefined) throw mismatch(`A row names sample ${wrong}, but there are ${samples} samples.`);
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
