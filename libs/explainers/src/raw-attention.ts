import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { attentionExplainer, ofSample } from './attention/attention-explainer.js';
import type { TokenAttention } from './attention/blocks.js';
import { fusedHeads, headFusions, meanRow, rowTimes } from './attention/matrices.js';

const fields = {
  layer: z.string().optional().meta({
    description: 'The Softmax of the attention that is shown. Default: that of the last block.',
  }),
  heads: z.enum(headFusions).default('mean').meta({ description: 'How the attention of the heads becomes one.' }),
};

/**
 * Raw attention: what the tokens that the head reads, mostly the class token, take from each token in one block. The heads are averaged.
 * It knows no class, and nothing of what the other blocks do.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where all values are the same.
 */
export const rawAttention = attentionExplainer({
  method: 'raw-attention',
  title: 'Raw attention',
  summary: 'The attention of the last block, the same for all classes (Dosovitskiy et al. 2021).',
  source:
    'The attention of the class token, as in Dosovitskiy et al., An Image is Worth 16x16 Words, ICLR 2021, arXiv:2010.11929, and Caron et al., Emerging Properties in Self-Supervised Vision Transformers, ICCV 2021, arXiv:2104.14294.',
  params: (shared) => z.strictObject({ ...fields, ...shared }),
  plannedOwn: (params, attention) => ({ layer: layerOf(params, attention), heads: params.heads }),
  validateOwn: (params, attention) => void layerOf(params, attention),
  passes: () => ({ forward: 1, gradient: 0 }),
  usesGradient: false,
  relevance: async ({ engine, params, attention }, { inputs, classes }) => {
    const [values] = await engine.activations(inputs, [layerOf(params, attention)]);
    if (values === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
    const { tokens, read } = attention;
    return Array.from(classes, (_, sample) =>
      rowTimes(meanRow(tokens, read), fusedHeads(ofSample(values, sample), tokens, params.heads)),
    );
  },
});

/** @throws LAYER_NOT_FOUND for a layer that is no attention */
function layerOf({ layer }: { readonly layer?: string | undefined }, { blocks }: TokenAttention): string {
  const found =
    layer === undefined ? blocks.at(-1) : blocks.find(({ layer: own, aliases }) => own === layer || aliases.includes(layer));
  if (found !== undefined) return found.layer;
  throw new XaigridError(
    'LAYER_NOT_FOUND',
    `Layer "${layer ?? ''}" is no attention. Layers of attention: ${blocks.map((block) => block.layer).join(', ')}.`,
  );
}
