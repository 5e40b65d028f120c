import { softmaxRules } from '@xaigrid/contracts';
import type { DeepLift } from '@xaigrid/engine';
import { z } from 'zod';
import { additivity } from './additivity.js';
import { joinChannels, type Channels } from './channels.js';
import type { ExplainRequest, Explanation } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';

/** The parameter of methods by DeepLIFT. */
export const softmaxParam = {
  softmax: z.enum(softmaxRules).default('log-softmax').meta({
    description:
      "How a softmax is decomposed: into log-softmax and the exponential, which always adds up; or as in shap's DeepExplainer, for comparison.",
  }),
};

/** Each sample is compared with every reference. Images then take minutes each, so a call gets fewer of them. */
export const PAIR_COST = 64;

/** The maps of a method by DeepLIFT, with how far they are from adding up. */
export async function deepLiftMaps(
  method: string,
  deepLift: DeepLift,
  { channels, request }: { readonly channels: Channels; readonly request: ExplainRequest },
): Promise<Explanation> {
  const { inputs, classes, contrasts, signal } = request;
  signal?.throwIfAborted();
  const { attributions, outputs, expected, bits } = await deepLift.attribute({ inputs, classes, contrasts });
  assertFinite(`${method} map`, attributions, request);
  const misses = additivity(
    attributions,
    outputs.map((output, sample) => output - (expected[sample] ?? NaN)),
  );
  const maps = joinChannels(attributions, channels);
  return { maps, degenerate: constantMaps(maps), diagnostics: { ...misses, bits: Float64Array.from(bits) } };
}
