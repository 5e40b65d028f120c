import type { ReluRule } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({ ...channelsParam, ...targetParams });
type Params = z.infer<typeof params>;

/** A method that is the gradient at the input, with another rule for what goes back through a ReLU. */
export function reluRuleExplainer(
  own: Pick<Explainer, 'method' | 'version' | 'title' | 'summary' | 'source'> & { readonly reluRule: ReluRule },
): Explainer<Params> {
  const { reluRule, ...described } = own;

  async function explain(
    { engine, params: { channels } }: PrepareOptions<Params>,
    request: ExplainRequest,
  ): Promise<Explanation> {
    const maps = joinChannels(await inputGradient(engine, request, reluRule), channels);
    assertFinite(`${own.method} map`, maps, request);
    return { maps, degenerate: constantMaps(maps), diagnostics: {} };
  }

  return withTargetParams(
    defineExplainer<Params>({
      ...described,
      family: 'gradient',
      params,
      samplesPerCall: (engine) => samplesWithin(engine, 4 * sizeOf(engine.model.inputShape)),
      passes: () => ({ forward: 0, gradient: 1 }),
      mapShape: shapeWithChannels,
      needs: () => ({ gradientsOf: 'input', reluRule }),
      plannedParams: ({ channels }) => plannedChannels(channels),
      explain,
    }),
  );
}
