import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, outputsOfClasses, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { boxesOver, runsOf } from './cells.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { hiddenDescription, hiddenNeedsBackground, hiddenSchema, hiddenValues } from './hidden-values.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { maskedOutputs } from './masked-outputs.js';
import { positionsOf } from './model-layers.js';
import { assertPositions } from './sample-values.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const extents = z.array(z.int().min(1)).min(1);
const params = z.strictObject({
  window: extents.optional().meta({
    description:
      'Size of the window, one number per axis, such as [5] or [16, 16]. Default: an eighth of each axis; one feature of a table.',
  }),
  stride: extents
    .optional()
    .meta({ description: 'How far the window moves, one number per axis. Default: its size, without overlap.' }),
  baseline: hiddenSchema.default(0).meta({ description: `What the window holds: ${hiddenDescription}` }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Occlusion (Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", arXiv:1311.2901). A window moves over
 * the input and replaces what it covers. The value of a position is the mean loss of the class output over the windows that cover
 * it. A window covers all channels of a position.
 *
 * Maps are `[n, ...positions]`, without channels. A sample takes one pass of the model per window, and one for the whole input.
 */
export const occlusion: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'occlusion',
    title: 'Occlusion',
    version: 1,
    summary: 'The drop of the output when a window covers a part of the input (Zeiler & Fergus 2014).',
    family: 'perturbation',
    source: 'Zeiler & Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, arXiv:1311.2901.',
    params,
    usesBackground: true,
    needsBackground: hiddenNeedsBackground,
    samplesPerCall: (engine, chosen) => samplesForGradients(engine, windowsOf(chosen, engine.model).length),
    passes: (chosen, model) => ({ forward: 1 + windowsOf(chosen, model).length, gradient: 0 }),
    validate: (chosen, model) => {
      const { window, stride } = resolved(chosen, model);
      assertPositions('occlusion', chosen.baseline, model);
      assertAxes('window', window, model);
      assertAxes('stride', stride, model);
      const axis = stride.findIndex((step, at) => step > (window[at] ?? 0));
      if (axis !== -1)
        throw new XaigridError(
          'SPEC_INVALID',
          `occlusion: a stride of ${stride[axis] ?? 0} leaves gaps between windows of ${window[axis] ?? 0}. Choose a stride of at most the window.`,
        );
    },
    plannedParams: (chosen, model) => ({ ...resolved(chosen, model), baseline: chosen.baseline }),
    explain,
  }),
);

function resolved({ window, stride }: Params, model: Pick<ModelDescription, 'inputShape'>) {
  const size = window ?? positionsOf(model).map((length) => (isTable(model.inputShape) ? 1 : Math.ceil(length / 8)));
  return { window: size, stride: stride ?? size };
}

function assertAxes(what: string, given: readonly number[], model: ModelDescription): void {
  const positions = positionsOf(model);
  if (given.length === positions.length && given.every((extent, axis) => extent <= (positions[axis] ?? 0))) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `occlusion: a ${what} of [${given.join(', ')}] does not fit positions of [${positions.join(', ')}]. Give one number for each axis, at most its length.`,
  );
}

function windowsOf(chosen: Params, model: ModelDescription) {
  const { window, stride } = resolved(chosen, model);
  return boxesOver(positionsOf(model), window, stride);
}

async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { engine, params: chosen } = options;
  const { inputs, classes, contrasts, signal } = request;
  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const windows = windowsOf(chosen, engine.model).map((box) => runsOf(box, positions));
  const whole = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const outputs = await maskedOutputs({
    ...{ engine, inputs, explained: request, signal },
    rows: classes.length * windows.length,
    sampleOf: (row) => Math.floor(row / windows.length),
    maskOf: (row) => row % windows.length,
    fill: (mask, index) => {
      mask.fill(1);
      for (const [first, length] of windows[index] ?? []) mask.fill(0, first, first + length);
    },
    baseline: await hiddenValues(chosen.baseline, request, options),
  });
  const covering = new Float64Array(size);
  for (const [first, length] of windows.flat())
    for (let at = first; at < first + length; at++) covering[at] = (covering[at] ?? 0) + 1;
  const data = new Float32Array(classes.length * size);
  for (const [sample, output] of whole.entries()) {
    const sums = new Float64Array(size);
    for (const [w, window] of windows.entries()) {
      const loss = output - (outputs[sample * windows.length + w] ?? NaN);
      for (const [first, length] of window) for (let at = first; at < first + length; at++) sums[at] = (sums[at] ?? 0) + loss;
    }
    data.set(
      sums.map((sum, at) => sum / (covering[at] ?? NaN)),
      sample * size,
    );
  }
  const maps: Tensor = { shape: [classes.length, ...positions], data };
  assertFinite('occlusion map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
