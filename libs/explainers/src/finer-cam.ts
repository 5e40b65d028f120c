import { XaigridError } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { eigenGradCamRule } from './eigen-grad-cam.js';
import type { ExplainRequest } from './explainer.js';
import { gradCamPlusPlusRule } from './grad-cam-plus-plus.js';
import { mapsByRule, sumOverPlaces, type CamRule } from './gradient-cam.js';
import { hiresCamRule } from './hires-cam.js';
import { layerCamRule } from './layer-cam.js';
import { layerExplainer } from './layer-explainer.js';
import { layerGradient } from './layer-gradient.js';
import { targetParams, withTargetParams } from './target.js';
import { weightedSum } from './weighted-feature-maps.js';
import { xgradCamRule } from './xgrad-cam.js';

const bases = ['grad-cam', 'grad-cam-plus-plus', 'layer-cam', 'hires-cam', 'xgrad-cam', 'eigen-grad-cam'] as const;
/** How each of them makes a map, with its defaults. */
const rules: Readonly<Record<(typeof bases)[number], CamRule>> = {
  'grad-cam': (features) => {
    const means = sumOverPlaces(features, (_activation, gradient) => gradient).map((sum) => sum / features.places);
    return weightedSum(features, means);
  },
  'grad-cam-plus-plus': gradCamPlusPlusRule(0),
  'layer-cam': layerCamRule,
  'hires-cam': hiresCamRule,
  'xgrad-cam': xgradCamRule(0),
  'eigen-grad-cam': eigenGradCamRule(true),
};
const comparisons = ['mean', 'weighted'] as const;

interface Compared {
  /** How many classes, or which. */
  readonly references: number | readonly number[];
  readonly strength: number;
  readonly comparison: (typeof comparisons)[number];
}

/**
 * Finer-CAM (Zhang et al. 2025, arXiv:2501.11309): a CAM of what distinguishes a class from similar ones, F_c − γ·mean F_d. The
 * similar classes d are those whose F is nearest to F_c, or classes that the spec names. In pytorch-grad-cam each class has its
 * share of their common probability as its weight, and the weights are differentiated too (`comparison: weighted`).
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes one pass and a gradient for
 * each of the classes.
 */
export const finerCam = withTargetParams(
  layerExplainer({
    method: 'finer-cam',
    version: 1,
    title: 'Finer-CAM',
    summary: 'A CAM of what distinguishes a class from similar classes (Zhang et al. 2025).',
    source:
      'Zhang et al., Finer-CAM: Spotting the Difference Reveals Finer Details for Visual Explanation, CVPR 2025, arXiv:2501.11309.',
    layerDescription: 'The layer whose feature maps are weighted.',
    relu: true,
    params: (shared) =>
      z
        .strictObject({
          ...shared,
          base: z
            .enum(bases)
            .default('grad-cam')
            .meta({ description: 'The method that explains the difference, with its defaults.' }),
          references: z
            .union([z.int().min(1).max(10_000), z.array(z.int().nonnegative()).min(1).max(10_000)])
            .default(3)
            .meta({
              description:
                'The similar classes: how many of those whose output is nearest, or a list of class indices, of which a sample leaves out its own.',
            }),
          strength: z
            .number()
            .min(0)
            .max(100)
            .default(0.6)
            .meta({ description: 'γ, how much of the similar classes is subtracted. 1 in pytorch-grad-cam.' }),
          comparison: z.enum(comparisons).default('mean').meta({
            description:
              'mean: similar classes count the same. weighted: each by its share of their common probability, as in pytorch-grad-cam.',
          }),
          ...targetParams,
        })
        .refine(({ comparison, target }) => comparison === 'mean' || target !== 'probability', {
          path: ['comparison'],
          message: 'weighted needs target: logit or log-probability, whose softmax gives the weights.',
        }),
    plannedOwn: ({ base, references, strength, comparison }) => ({ base, references, strength, comparison }),
    usesGradient: true,
    validateOwn: ({ references }, { classes }) => {
      const wrong = typeof references === 'number' ? undefined : references.find((index) => index >= classes);
      if (wrong === undefined) return;
      throw new XaigridError(
        'SPEC_INVALID',
        `finer-cam: reference ${wrong} is not a class of the model, which has ${classes}: 0 to ${classes - 1}.`,
      );
    },
    passes: (_featureMaps, params, { classes }) => ({ forward: 1, gradient: 1 + countOf(params, classes) }),
    prepare:
      ({ engine, layer, params }) =>
      async (request) => {
        const { activations, gradient } = await layerGradient(engine, { ...request, layer });
        const { data } = await engine.predict(request.inputs);
        const subtracted = classesToSubtract(data, request, { ...params, count: engine.model.classes });
        const size = gradient.data.length / Math.max(1, request.classes.length);
        const sums = Float64Array.from(gradient.data);
        for (const { classes, weights } of subtracted) {
          request.signal?.throwIfAborted();
          const { gradient: own } = await layerGradient(engine, { ...request, classes, layer });
          for (const [at, value] of own.data.entries())
            sums[at] = (sums[at] ?? NaN) - (weights[Math.floor(at / size)] ?? NaN) * value;
        }
        const difference: Tensor = { shape: gradient.shape, data: Float32Array.from(sums) };
        return mapsByRule({ activations, gradient: difference }, rules[params.base]);
      },
  }),
);

/** How many classes are subtracted. */
function countOf({ references }: Pick<Compared, 'references'>, classes: number): number {
  return typeof references === 'number' ? Math.min(references, classes - 1) : references.length;
}

/** One class of each sample, and how much of its gradient is subtracted. */
interface Subtracted {
  readonly classes: Int32Array<ArrayBuffer>;
  readonly weights: Float64Array<ArrayBuffer>;
}

/** @param outputs `[n, count]` */
function classesToSubtract(
  outputs: Float32Array,
  { classes }: Pick<ExplainRequest, 'classes'>,
  compared: Compared & { readonly count: number },
): Subtracted[] {
  const { references, count } = compared;
  const chosen = Array.from(classes, (own, sample) => {
    const row = outputs.subarray(sample * count, (sample + 1) * count);
    const indices = typeof references === 'number' ? nearestClasses(row, own) : references;
    return { indices, weights: weightsOf(indices.slice(0, countOf(compared, count)), row, { own, ...compared }) };
  });
  return Array.from({ length: countOf(compared, count) }, (_, at) => ({
    classes: Int32Array.from(chosen, ({ indices }) => indices[at] ?? 0),
    weights: Float64Array.from(chosen, ({ weights }) => weights[at] ?? 0),
  }));
}

/** The other classes, that with the nearest output first, and among equally near ones the first. */
function nearestClasses(outputs: Float32Array, own: number): number[] {
  const distance = (index: number): number => Math.abs((outputs[index] ?? NaN) - (outputs[own] ?? NaN));
  return [...outputs.keys()].filter((index) => index !== own).sort((a, b) => distance(a) - distance(b) || a - b);
}

/**
 * How much of each class's gradient is subtracted. With r the softmax of the classes' outputs z among themselves, the derivative of
 * Σ r_d·(F_c − γ·z_d) is that of F_c minus γ·r_d·(1 + z_d − Σ r·z) times that of z_d.
 */
function weightsOf(
  indices: readonly number[],
  outputs: Float32Array,
  { own, strength, comparison }: Pick<Compared, 'strength' | 'comparison'> & { readonly own: number },
): number[] {
  const values = indices.map((index) => outputs[index] ?? NaN);
  const others = values.filter((_, at) => indices[at] !== own);
  const largest = Math.max(...others);
  const share = (value: number): number => (comparison === 'mean' ? 1 : Math.exp(value - largest));
  const total = others.reduce((sum, value) => sum + share(value), 0);
  const mean = others.reduce((sum, value) => sum + (share(value) / total) * value, 0);
  return values.map((value, at) => {
    if (indices[at] === own) return 0;
    const beyond = comparison === 'mean' ? 0 : value - mean;
    return strength * (share(value) / total) * (1 + beyond);
  });
}
