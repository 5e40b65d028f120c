import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { attentionExplainer, ofSample } from './attention/attention-explainer.js';
import type { TokenAttention } from './attention/blocks.js';
import { targetParams, withTargetParams } from './target.js';

const fields = {
  blocks: z.int().min(1).optional().meta({ description: 'How many of the last blocks are explained. Default: all.' }),
};

/**
 * LeGrad (Bousselham et al. 2024, arXiv:2404.03214, section 3.2): in each block l, F is what the model's own head makes of the tokens at the
 * end of this block. The map is the mean over the blocks of what each token gets of the positive gradient of F at the attention, the mean
 * over heads and queries, (1/hn)·Σ_h Σ_i (∂F_l/∂A_l)⁺.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where all values are the same. A sample takes a gradient for each block.
 */
export const legrad = withTargetParams(
  attentionExplainer({
    method: 'legrad',
    title: 'LeGrad',
    summary: 'The positive gradient of every block at its own attention (Bousselham et al. 2024).',
    source:
      'Bousselham, Boggust, Chaybouti, Strobelt & Kuehne, LeGrad: An Explainability Method for Vision Transformers via Feature Formation Sensitivity, 2024, arXiv:2404.03214, section 3.2.',
    params: (shared) => z.strictObject({ ...fields, ...shared, ...targetParams }),
    plannedOwn: (params, { blocks }) => ({ blocks: lastOf(params, blocks).length }),
    validateOwn: (params, attention) => {
      const [without] = attention.blocks.filter(({ sum }) => sum === undefined);
      if (without !== undefined) {
        throw new XaigridError(
          'OPERATION_UNSUPPORTED',
          `LeGrad needs the tokens at the end of each block, and the block of layer "${without.layer}" ends in no sum with what goes around it. Choose another method, such as generic-attention.`,
        );
      }
      const { blocks } = attention;
      if (params.blocks === undefined || params.blocks <= blocks.length) return;
      throw new XaigridError('SPEC_INVALID', `legrad: blocks is ${params.blocks}, and the model has ${blocks.length}.`);
    },
    passes: ({ blocks }, params) => ({ forward: 0, gradient: lastOf(params, blocks).length }),
    usesGradient: true,
    relevance: async ({ engine, params, attention }, { inputs, classes, contrasts, signal }) => {
      const { blocks, tokens } = attention;
      const end = blocks.at(-1)?.sum ?? '';
      const chosen = lastOf(params, blocks);
      const worth = Array.from(classes, () => new Float64Array(tokens));
      for (const { layer, heads, sum = '' } of chosen) {
        signal?.throwIfAborted();
        const bypass = sum === end ? undefined : { from: sum, to: end };
        const [found] = await engine.gradient({ inputs, classes, contrasts, wrt: [layer], bypass });
        if (found === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no gradient for layer "${layer}".`);
        const share = 1 / (chosen.length * heads * tokens);
        for (const [sample, values] of worth.entries()) {
          for (const [at, slope] of ofSample(found.gradient, sample).entries())
            values[at % tokens] = (values[at % tokens] ?? NaN) + share * Math.max(slope, 0);
        }
      }
      return worth;
    },
  }),
);

function lastOf({ blocks: count }: { readonly blocks?: number | undefined }, blocks: TokenAttention['blocks']) {
  return count === undefined ? blocks : blocks.slice(-count);
}
