import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription, RelevanceRules } from '@xaigrid/engine';
import { channelsOfShape, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { additivity } from './additivity.js';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { composites, firstRules, rulesOf } from './lrp-composites.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const bound = z.union([z.number(), z.array(z.number()).nonempty()]);

const params = z.strictObject({
  ...channelsParam,
  composite: z.enum(composites).default('epsilon-plus').meta({
    description:
      "Which rule convolutions, dense layers and the first layer have, as zennit's composites of these names; epsilon: the ε rule for every layer. docs/methods.md has the table.",
  }),
  first: z.enum(firstRules).optional().meta({
    description: "The rule of the first layer in place of the composite's. Default: that of the composite.",
  }),
  epsilon: z.number().positive().default(1e-6).meta({
    description: "What the ε rule adds to the size of a layer's output, in the output's units.",
  }),
  gamma: z.number().nonnegative().optional().meta({
    description: 'How much more weight the γ rule gives to what supports an output. Only with epsilon-gamma-box. Default: 0.25.',
  }),
  low: bound.optional().meta({
    description:
      'The smallest number that a sample of the model can have: one, or one per channel. The rule box needs it: composite epsilon-gamma-box or first: box.',
  }),
  high: bound.optional().meta({ description: 'The largest number that a sample of the model can have, as low.' }),
  start: z.enum(['logit', 'one']).default('logit').meta({
    description:
      "The relevance that is shared out: the class's logit; or 1, as is usual with zennit, which divides the map by the logit.",
  }),
  target: z.literal('logit').default('logit').meta({
    description:
      'What is explained: the logit z_c of class c, the input of the Softmax or the sigmoid. Relevance can start only there.',
  }),
  contrast: targetParams.contrast,
});
type Params = z.infer<typeof params>;

/** γ of zennit's EpsilonGammaBox. */
const GAMMA = 0.25;

/**
 * Layer-wise relevance propagation (Bach et al. 2015, doi:10.1371/journal.pone.0130140): the logit of the explained class is
 * shared among the inputs of each layer, from the output to the sample, by rules and composites as zennit 0.5.1 has them.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics: `start`, the
 * relevance that was shared out; `absorbed`, what biases and stabilisers took of it; and `additivityError` and `additivityMiss`,
 * how far the map is from adding up to start − absorbed, which only rounding can cause.
 */
export const lrp: Explainer<Params> = fromLogits(
  defineExplainer<Params>({
    method: 'lrp',
    title: 'LRP',
    version: 1,
    summary: 'Layer-wise relevance propagation by composites of rules (Bach et al. 2015).',
    family: 'propagation',
    source:
      'Bach et al., On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance Propagation, PLoS ONE 2015, doi:10.1371/journal.pone.0130140; Montavon et al., Layer-Wise Relevance Propagation: An Overview, 2019, doi:10.1007/978-3-030-28954-6_10; compared with zennit 0.5.1, arXiv:2106.13200.',
    params,
    // The sample, its relevance, and both in every layer.
    samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
    passes: () => ({ forward: 0, gradient: 1 }),
    mapShape: shapeWithChannels,
    validate: assertNumbers,
    needs: (given) => ({ relevanceBy: rulesFor(given) }),
    plannedParams: ({ channels, composite, first, epsilon, gamma, low, high, start }) => ({
      ...plannedChannels(channels),
      ...{ composite, epsilon, start },
      ...(first === undefined ? {} : { first }),
      ...(composite === 'epsilon-gamma-box' ? { gamma: gamma ?? GAMMA } : {}),
      ...(low === undefined || high === undefined ? {} : { low, high }),
    }),
    explain,
  }),
);

/** The method with the parameters `target` and `contrast`, refused for models without logits. */
function fromLogits(method: Explainer<Params>): Explainer<Params> {
  const targeted = withTargetParams(method);
  return {
    ...targeted,
    validate: (given, model) => {
      if (model.logits !== true) {
        throw new XaigridError(
          'OPERATION_UNSUPPORTED',
          'lrp starts from the logits of the model, but xaigrid cannot find them: the model does not end in Softmax, LogSoftmax or a sigmoid. Export the model without its last activation, or use shap-deep.',
        );
      }
      targeted.validate(given, model);
    },
  };
}

const isBoxed = ({ composite, first }: Params): boolean => (first ?? (composite === 'epsilon-gamma-box' && 'box')) === 'box';

/** @throws SPEC_INVALID for numbers that no rule uses, and for a box without bounds or with bounds that do not fit */
function assertNumbers(given: Params, { inputShape }: ModelDescription): void {
  const { composite, gamma, low, high } = given;
  const invalid = (reason: string): XaigridError => new XaigridError('SPEC_INVALID', `lrp: ${reason}`);
  if (gamma !== undefined && composite !== 'epsilon-gamma-box')
    throw invalid(`composite ${composite} has no γ rule. Leave out gamma, or set composite: epsilon-gamma-box.`);
  if (!isBoxed(given)) {
    if (low === undefined && high === undefined) return;
    throw invalid('low and high are for the rule box. Leave them out, or set composite: epsilon-gamma-box or first: box.');
  }
  if (low === undefined || high === undefined)
    throw invalid(
      'the rule box needs low and high, the smallest and the largest number that a sample can have as the model gets it.',
    );
  const channels = channelsOfShape(inputShape);
  for (const [name, bounds] of [
    ['low', [low].flat()],
    ['high', [high].flat()],
  ] as const) {
    if (bounds.length !== 1 && bounds.length !== channels)
      throw invalid(
        `${name} has ${bounds.length} numbers, but a sample has ${channels} channels. Give one number, or one per channel.`,
      );
  }
  const below = Array.from({ length: channels }, (_, channel) => (at(high, channel) > at(low, channel) ? [] : [channel])).flat();
  if (below.length > 0) throw invalid(`high must be above low; it is not in channel ${below[0] ?? 0}.`);
}

const at = (bounds: number | readonly number[], channel: number): number => {
  const all = [bounds].flat();
  return all[all.length === 1 ? 0 : channel] ?? NaN;
};

function rulesFor({ composite, first, epsilon, gamma = GAMMA, low = 0, high = 1 }: Params): RelevanceRules {
  return rulesOf(composite, first, { epsilon, gamma, low: [low].flat(), high: [high].flat() });
}

async function explain({ engine, params: given }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  signal?.throwIfAborted();
  const { relevance, start, absorbed } = await engine.relevance({
    inputs,
    classes,
    contrasts,
    rules: rulesFor(given),
    start: given.start,
  });
  assertFinite('lrp map', relevance, request);
  const misses = additivity(
    relevance,
    start.map((value, sample) => value - (absorbed[sample] ?? NaN)),
  );
  const maps = joinChannels(relevance, given.channels);
  return { maps, degenerate: constantMaps(maps), diagnostics: { ...misses, start, absorbed } };
}
