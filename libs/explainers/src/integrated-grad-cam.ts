import { XaigridError } from '@xaigrid/contracts';
import { rowsOf, sizeOf, takeRows, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Explainer, ExplainRequest } from './explainer.js';
import { layerExplainer, type LayerParams } from './layer-explainer.js';
import { layerGradient } from './layer-gradient.js';
import {
  ASSUMED_REFERENCES,
  assertStart,
  pathStarts,
  plannedStart,
  startParams,
  startsAreFixed,
  startsNeedBackground,
  startsPerSample,
  type StartParams,
} from './path-starts.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams, type TargetParams } from './target.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

interface Params extends LayerParams, StartParams, TargetParams {
  readonly steps: number;
  readonly rule: 'midpoint' | 'left';
  readonly difference: boolean;
}

const ofLayer = layerExplainer<Params>({
  method: 'integrated-grad-cam',
  version: 1,
  title: 'Integrated Grad-CAM',
  summary: 'Grad-CAM integrated along the straight path from a baseline (Sattarzadeh et al. 2021).',
  source:
    "Sattarzadeh et al., Integrated Grad-CAM: Sensitivity-Aware Visual Explanation of Deep Convolutional Networks via Integrated Gradient-Based Scoring, ICASSP 2021, arXiv:2102.07805; compared with the authors' code (options rule: left, difference: false), which adds the steps up.",
  layerDescription: 'The layer whose feature maps are weighted.',
  relu: true,
  params: (shared) =>
    z.strictObject({
      ...shared,
      steps: z.int().min(1).max(100_000).default(50).meta({ description: 'Points of the path, with a gradient each.' }),
      rule: z.enum(['midpoint', 'left']).default('midpoint').meta({
        description:
          "Where the points are. midpoint: in the middle of equal parts. left: at the start of each, so that the first one is the baseline, as in the authors' code.",
      }),
      difference: z.boolean().default(true).meta({
        description: "Whether the feature maps of the baseline are subtracted from those of a point. No in the authors' code.",
      }),
      ...startParams,
      ...targetParams,
    }),
  plannedOwn: ({ steps, rule, difference, reference, baseline }) => ({
    ...{ steps, rule, difference },
    ...plannedStart({ reference, baseline }),
  }),
  usesGradient: true,
  validateOwn: (params, model) => {
    assertStart('integrated-grad-cam', params, model);
  },
  passes: (_featureMaps, params) => passesOf(params, 0),
  prepare: async ({ layer, params, ...options }) => {
    const { engine } = options;
    const starts = await pathStarts('integrated-grad-cam', params, options);
    const featuresOf = async (inputs: Tensor): Promise<Tensor> => {
      const [found] = await engine.activations(inputs, [layer]);
      if (found === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
      return found;
    };
    const shared = params.difference && starts.fixed !== undefined ? await featuresOf(starts.fixed) : undefined;
    return async (request) => {
      const own = starts.of(request);
      const count = (own.shape[0] ?? 0) / request.classes.length;
      const features = shared ?? (params.difference ? await featuresOf(own) : undefined);
      const rows = pathRows(request, { steps: params.steps, count });
      let sums: { readonly shape: readonly number[]; readonly data: Float64Array } | undefined;
      for (let from = 0; from < rows.length; from += engine.batchSize) {
        request.signal?.throwIfAborted();
        const now = rows.slice(from, from + engine.batchSize);
        const found = await layerGradient(engine, {
          inputs: pointsOf(now, request.inputs, { starts: own, shift: params.rule === 'left' ? 0 : 0.5, steps: params.steps }),
          classes: Int32Array.from(now, ({ sample }) => request.classes[sample] ?? 0),
          contrasts: request.contrasts && Int32Array.from(now, ({ sample }) => request.contrasts?.[sample] ?? 0),
          ...{ layer, reduce: 'positions' },
        });
        const startOf = ({ sample, start }: PathRow) => (shared === undefined ? sample * count : 0) + start;
        const activations =
          features === undefined ? found.activations : less(found.activations, takeRows(features, Int32Array.from(now, startOf)));
        const maps = weightedFeatureMaps(activations, found.gradient.data);
        const places = sizeOf(maps.shape.slice(1));
        sums ??= { shape: maps.shape.slice(1), data: new Float64Array(request.classes.length * places) };
        for (const [row, { sample }] of now.entries()) {
          for (const [place, value] of rowsOf(maps, row, row + 1).data.entries()) {
            const at = sample * places + place;
            sums.data[at] = (sums.data[at] ?? NaN) + (params.relu ? Math.max(value, 0) : value) / (params.steps * count);
          }
        }
      }
      return { shape: [request.classes.length, ...(sums?.shape ?? [])], data: Float32Array.from(sums?.data ?? []) };
    };
  },
});

/**
 * Integrated Grad-CAM (Sattarzadeh et al. 2021, arXiv:2102.07805): at each point of the straight path from a baseline to the sample,
 * the change of the feature maps since the baseline, weighted by their mean gradients there, added up and cut off below 0. The map is
 * the mean over the path. Maps of several baselines are averaged.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const integratedGradCam: Explainer<Params> = withTargetParams<Params>({
  ...ofLayer,
  usesBackground: true,
  needsBackground: startsNeedBackground,
  samplesPerCall: (engine, params) =>
    Math.min(
      ofLayer.samplesPerCall(engine, params),
      samplesForGradients(engine, params.steps * startsPerSample(params, ASSUMED_REFERENCES)),
    ),
  passes: (params, _model, references) => passesOf(params, references),
});

/** Feature maps of starts that are the same for all samples are computed once. */
function passesOf(params: Params, references: number) {
  const starts = startsPerSample(params, references);
  const gradient = params.steps * starts;
  if (!params.difference) return { forward: 0, gradient };
  return startsAreFixed(params) ? { once: starts, forward: 0, gradient } : { forward: starts, gradient };
}

/** A point of a path: of a sample, one of its starts, and a step. */
interface PathRow {
  readonly sample: number;
  readonly start: number;
  readonly step: number;
}

function pathRows({ classes }: ExplainRequest, { steps, count }: { readonly steps: number; readonly count: number }): PathRow[] {
  return Array.from({ length: classes.length * count * steps }, (_, row) => ({
    sample: Math.floor(row / (count * steps)),
    start: Math.floor(row / steps) % count,
    step: row % steps,
  }));
}

/** @param path.starts those of each sample, one sample after the other */
function pointsOf(
  rows: readonly PathRow[],
  inputs: Tensor,
  { starts, shift, steps }: { readonly starts: Tensor; readonly shift: number; readonly steps: number },
): Tensor {
  const [samples = 1, ...inputShape] = inputs.shape;
  const size = sizeOf(inputShape);
  const count = (starts.shape[0] ?? 0) / samples;
  const data = new Float32Array(rows.length * size);
  for (const [row, { sample, start, step }] of rows.entries()) {
    const share = (step + shift) / steps;
    for (let at = 0; at < size; at++) {
      const from = starts.data[(sample * count + start) * size + at] ?? NaN;
      data[row * size + at] = from + ((inputs.data[sample * size + at] ?? NaN) - from) * share;
    }
  }
  return { shape: [rows.length, ...inputShape], data };
}

function less(a: Tensor, b: Tensor): Tensor {
  return { shape: a.shape, data: a.data.map((value, at) => value - (b.data[at] ?? NaN)) };
}
