import { outputsOfClasses } from '@xaigrid/tensor';
import { z } from 'zod';
import { additivity } from './additivity.js';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import {
  ASSUMED_REFERENCES,
  assertStart,
  plannedStart,
  startParams,
  startsAreFixed,
  startsNeedBackground,
  startsPerSample,
} from './path-starts.js';
import { assertSteps, plannedRule, quadratureParams } from './quadrature.js';
import { samplesForGradients } from './samples-per-call.js';
import { straightPaths, type StraightPaths } from './straight-paths.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({ ...quadratureParams, ...startParams, ...channelsParam, ...targetParams });
type Params = z.infer<typeof params>;

/**
 * Integrated gradients (Sundararajan et al. 2017, "Axiomatic attribution for deep networks", arXiv:1703.01365): (x − r) ⊙ the
 * mean gradient along the straight path from r to x, with `steps` points of a quadrature rule. r is a constant, or another
 * baseline (Sturmfels et al. 2020, "Visualizing the impact of feature attribution baselines", Distill); maps of several are
 * averaged.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up. Diagnostics:
 * `additivityError`, |Σφ − (F(x) − mean F(r))|, which is the error of the rule, and `additivityMiss`, its share of the change.
 */
export const integratedGradients: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'integrated-gradients',
    title: 'Integrated gradients',
    version: 2,
    summary: 'Gradients integrated along the straight path from a baseline (Sundararajan et al. 2017).',
    family: 'gradient',
    source: 'Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017, arXiv:1703.01365.',
    params,
    sumRemedy: 'raise steps',
    usesBackground: true,
    needsBackground: startsNeedBackground,
    samplesPerCall: (engine, chosen) => samplesForGradients(engine, chosen.steps * startsPerSample(chosen, ASSUMED_REFERENCES)),
    // Outputs on the sample and on the starts: the change that the map should add up to.
    passes: (chosen, _model, references) => {
      const paths = startsPerSample(chosen, references);
      const gradient = chosen.steps * paths;
      return startsAreFixed(chosen) ? { once: paths, forward: 1, gradient } : { forward: 1 + paths, gradient };
    },
    mapShape: shapeWithChannels,
    validate: (chosen, model) => {
      assertSteps('integrated-gradients', chosen);
      assertStart('integrated-gradients', chosen, model);
    },
    needs: () => ({ gradientsOf: 'input' }),
    plannedParams: ({ steps, rule, channels, ...start }) => ({
      ...{ steps, ...plannedStart(start), ...plannedRule(rule) },
      ...plannedChannels(channels),
    }),
    prepare: async (options) => {
      const paths = await straightPaths('integrated-gradients', options.params, options, { outputs: true });
      return { explain: (request) => explain(options, paths, request), close: () => paths.close() };
    },
  }),
);

async function explain(
  { engine, params: { channels } }: PrepareOptions<Params>,
  paths: StraightPaths,
  request: ExplainRequest,
): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  signal?.throwIfAborted();
  const attributions = await paths.attribute(request);
  assertFinite('integrated-gradients map', attributions, request);
  const outputs = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
  const ofStarts = await paths.outputsOfStarts(request);
  const changes = outputs.map((output, sample) => output - (ofStarts[sample] ?? NaN));
  const maps = joinChannels(attributions, channels);
  return { maps, degenerate: constantMaps(maps), diagnostics: additivity(attributions, changes) };
}
