import { XaigridError } from '@xaigrid/contracts';
import { blurredExactly, type ModelDescription } from '@xaigrid/engine';
import { isTable, rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { searchMasks } from './extremal-perturbation/mask-search.js';
import { perturbedSample, type PerturbedSample } from './extremal-perturbation/perturbed-sample.js';
import { masksReach, type MaskGrid } from './extremal-perturbation/smooth-masks.js';
import { hiddenDescription, hiddenNeedsBackground, hiddenSchema, hiddenValues, type Hidden } from './hidden-values.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { samplesForGradients, samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

type Float64 = Float64Array<ArrayBuffer>;

/** The authors' numbers are for images of 224 × 224: a number of the mask at every 7th pixel, and blur by 20 pixels. */
const AUTHORS_EXTENT = 224;
const AUTHORS_SPACING = 7;
const AUTHORS_BLUR = 20;
const AUTHORS_NUMBERS = (AUTHORS_EXTENT / AUTHORS_SPACING) ** 2;
const AUTHORS_AREA_WEIGHT = 300;

const params = z.strictObject({
  areas: z.array(z.number().gt(0).lt(1)).min(1).max(100).default([0.1]).meta({
    description: 'Shares of the positions that masks may show. Each is a mask of its own; the map is their sum.',
  }),
  variant: z.enum(['preserve', 'delete', 'dual']).default('preserve').meta({
    description:
      'preserve: what the mask shows has the largest output. delete: what is left without it has the smallest. dual: the first less the second.',
  }),
  steps: z.int().min(1).max(100_000).default(800).meta({
    description: 'Steps of the ascent, with a gradient for each area, or two with variant: dual.',
  }),
  spacing: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: 'Positions from one number of the mask to the next. Default: 1/32 of the shortest axis.' }),
  sigma: z
    .number()
    .positive()
    .max(10_000)
    .optional()
    .meta({ description: 'How far a number of the mask reaches, in positions. Default: three times `spacing`.' }),
  baseline: hiddenSchema.optional().meta({
    description: `What hidden positions hold: ${hiddenDescription} Default: { blur: SIGMA } with 5/56 of the shortest axis. The mask goes through several degrees of blur, and mixes other values with the sample.`,
  }),
  levels: z.int().min(2).max(100).optional().meta({
    description: 'Degrees of blur, from SIGMA to none, between which masks lie. Only with a blur. Default: 8.',
  }),
  border: z.enum(['reflect', 'zero']).optional().meta({
    description:
      'What lies beyond the borders for the blur: the sample reflected, or zeros, as in torchray. Only with a blur. Default: reflect.',
  }),
  jitter: z.boolean().default(false).meta({
    description: 'Whether every other step mirrors the sample under its mask along its last axis, as torchray does by default.',
  }),
  areaWeight: z.number().min(0).max(1e9).optional().meta({
    description:
      'The weight of the area at the first step. Default: 300 for a mask of 1024 numbers, as that of the authors, and in proportion for others.',
  }),
  areaGrowth: z.number().min(0.5).max(2).default(1.0035).meta({ description: 'What this weight is multiplied by at each step.' }),
  learningRate: z.number().positive().max(1e6).default(0.01).meta({ description: 'The length of steps, in gradients.' }),
  momentum: z.number().min(0).lt(1).default(0.9).meta({ description: 'The share of the step before in each step.' }),
  smooth: z.number().min(0).max(1).default(0).meta({
    description: 'Blurs the map: the standard deviation as a share of the shortest axis, with zeros beyond the borders.',
  }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Extremal perturbations (Fong, Patrick & Vedaldi 2019, "Understanding deep networks via extremal perturbations and smooth masks",
 * arXiv:1910.08485): smooth masks of given areas under which F is largest, found by gradient ascent. It computes what
 * `extremal_perturbation` of torchray 1.0.0.2 does, written anew from the paper.
 *
 * Maps are `[n, ...positions]`, without channels. Each step takes the gradients of all samples, areas and variants together.
 */
export const extremalPerturbation: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'extremal-perturbation',
    title: 'Extremal perturbation',
    version: 1,
    summary: 'Smooth masks of given areas under which the output is largest (Fong et al. 2019).',
    family: 'perturbation',
    source:
      'Fong, Patrick & Vedaldi, Understanding Deep Networks via Extremal Perturbations and Smooth Masks, ICCV 2019, arXiv:1910.08485; compared with extremal_perturbation of torchray (options border: zero, jitter: true, areaWeight: 300).',
    params,
    usesBackground: true,
    needsBackground: hiddenNeedsBackground,
    samplesPerCall: (engine, chosen) =>
      Math.min(
        samplesForGradients(engine, gradientsOf(chosen)),
        // Levels are kept in float64.
        samplesWithin(engine, 2 * (chosen.levels ?? LEVELS) * sizeOf(engine.model.inputShape)),
      ),
    passes: (chosen) => ({ forward: 0, gradient: gradientsOf(chosen) }),
    validate,
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: (chosen, model) => {
      const { areas, variant, steps, jitter, areaGrowth, learningRate, momentum, smooth } = chosen;
      return {
        ...{ areas, variant, steps, jitter, areaGrowth, learningRate, momentum, smooth },
        areaWeight: areaWeightOf(chosen, model),
        ...gridOf(chosen, model),
        ...hidingOf(chosen, model),
      };
    },
    explain,
  }),
);

const LEVELS = 8;

function gradientsOf({ steps, areas, variant }: Params): number {
  return steps * areas.length * (variant === 'dual' ? 2 : 1);
}

type Shaped = Pick<ModelDescription, 'inputShape'>;

const shortestAxis = (model: Shaped): number => Math.min(...positionsOf(model));

function gridOf({ spacing, sigma }: Params, model: Shaped): MaskGrid {
  const own = spacing ?? Math.max(1, Math.round((shortestAxis(model) * AUTHORS_SPACING) / AUTHORS_EXTENT));
  return { spacing: own, sigma: sigma ?? 3 * own };
}

/**
 * The area's pull on each number falls with how many there are, and that of F does not. With 300 on the 40 numbers of a short signal,
 * the area decides before F has a say.
 */
function areaWeightOf(chosen: Params, model: Shaped): number {
  const { spacing } = gridOf(chosen, model);
  const numbers = sizeOf(positionsOf(model).map((length) => Math.ceil(length / spacing)));
  return chosen.areaWeight ?? (AUTHORS_AREA_WEIGHT * numbers) / AUTHORS_NUMBERS;
}

/** What hides positions. Values other than a blur have no levels and no border. */
function hidingOf({ baseline, levels, border }: Params, model: Shaped): Pick<Params, 'levels' | 'border'> & { baseline: Hidden } {
  const own = baseline ?? { blur: (shortestAxis(model) * AUTHORS_BLUR) / AUTHORS_EXTENT };
  if (typeof own !== 'object' || !('blur' in own)) return { baseline: own };
  return { baseline: own, levels: levels ?? LEVELS, border: border ?? 'reflect' };
}

/** @throws SHAPE_MISMATCH for a table and for masks that leave positions out, SPEC_INVALID for options of a blur without one */
function validate(chosen: Params, model: ModelDescription): void {
  if (isTable(model.inputShape))
    throw new XaigridError(
      'SHAPE_MISMATCH',
      'extremal-perturbation: the masks are smooth over neighbouring positions, and the features of a table are no neighbours. Use feature-ablation or shap-kernel.',
    );
  const { spacing, sigma } = gridOf(chosen, model);
  if (positionsOf(model).some((length) => !masksReach(length, { spacing, sigma })))
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `extremal-perturbation: with spacing ${spacing} and sigma ${sigma} the mask does not reach all positions of [${positionsOf(model).join(', ')}]. Give sigma ${2 * spacing} or more, or a smaller spacing.`,
    );
  const { baseline } = hidingOf(chosen, model);
  for (const parameter of ['levels', 'border'] as const) {
    if ((typeof baseline === 'object' && 'blur' in baseline) || chosen[parameter] === undefined) continue;
    throw new XaigridError(
      'SPEC_INVALID',
      `extremal-perturbation: ${parameter} belongs to a blur, and baseline is none. Leave it out, or give baseline: { blur: SIGMA }.`,
    );
  }
}

async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { engine, params: chosen } = options;
  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const samples = await perturbedSamples(options, request);
  const wanted = samples.flatMap((perturbed, sample) => chosen.areas.map((area) => ({ sample, perturbed, area })));
  const found = await searchMasks(engine, wanted, {
    ...{ ...chosen, ...gridOf(chosen, engine.model), request },
    areaWeight: areaWeightOf(chosen, engine.model),
  });
  const maps: Tensor = { shape: [samples.length, ...positions], data: new Float32Array(samples.length * size) };
  for (const sample of samples.keys()) {
    const own = found.filter((_, row) => wanted[row]?.sample === sample);
    const sums = new Float64Array(size).map((_, at) => own.reduce((sum, mask) => sum + (mask?.[at] ?? 0), 0));
    maps.data.set(smoothed(sums, chosen.smooth, engine.model), sample * size);
  }
  assertFinite('extremal-perturbation map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** The samples between their levels: degrees of blur, or the values that hide positions and the sample itself. */
async function perturbedSamples(options: PrepareOptions<Params>, request: ExplainRequest): Promise<PerturbedSample[]> {
  const { inputShape } = options.engine.model;
  const { baseline, levels = LEVELS, border = 'reflect' } = hidingOf(options.params, options.engine.model);
  const hidden = await hiddenValues(baseline, request, options);
  return Array.from(request.classes, (_, sample) => {
    const x = Float64Array.from(rowsOf(request.inputs, sample, sample + 1).data);
    if ('blur' in hidden) {
      const ofLevel = (level: number) => blurred(x, inputShape, { sigma: (1 - level / (levels - 1)) * hidden.blur, border });
      return perturbedSample(
        Array.from({ length: levels }, (_level, level) => ofLevel(level)),
        inputShape,
      );
    }
    const own = hidden.shape.length > inputShape.length ? rowsOf(hidden, sample, sample + 1) : hidden;
    return perturbedSample([Float64Array.from(own.data), x], inputShape);
  });
}

/** The blur of torchray, whose kernel is cut at ⌈4σ⌉. */
function blurred(
  values: Float64,
  shape: readonly number[],
  { sigma, border }: { readonly sigma: number; readonly border: 'reflect' | 'zero' },
): Float64 {
  return blurredExactly(values, shape, { sigma, border, radius: Math.ceil(4 * sigma) });
}

function smoothed(map: Float64, share: number, model: Shaped): Float64 {
  return blurred(map, [...positionsOf(model), 1], { sigma: share * shortestAxis(model), border: 'zero' });
}
