import { z } from 'zod';
import { attentionExplainer, ofSample } from './attention/attention-explainer.js';
import { discardSmallest, divisions, fusedHeads, headFusions, meanRow, rowTimes, withIdentity } from './attention/matrices.js';

export const rolloutParams = {
  discard: z.number().min(0).lt(1).default(0).meta({
    description: 'The share of the smallest values of each block that is replaced by 0. 0.9 in vit-explain.',
  }),
  divide: z.enum(divisions).default('rows').meta({
    description:
      'What each block is divided by: rows, each row by its own sum; columns, column j by the sum of row j, as the code of vit-explain does. The same without `discard` for the mean of the heads.',
  }),
};

/**
 * Attention rollout (Abnar & Zuidema 2020, arXiv:2005.00928, section 3): the product of all blocks' attention, each mixed with the
 * identity for what goes around it, 0.5·A + 0.5·I. The row is that of the tokens that the head reads. It knows no class.
 *
 * With `heads` and `discard` as in vit-explain (Gildenblat 2020). Maps are `[n, ...positions]`, without channels; degenerate where all
 * values are the same.
 */
export const attentionRollout = attentionExplainer({
  method: 'attention-rollout',
  title: 'Attention rollout',
  summary: 'The attention of all blocks multiplied, the same for all classes (Abnar & Zuidema 2020).',
  source:
    'Abnar & Zuidema, Quantifying Attention Flow in Transformers, ACL 2020, arXiv:2005.00928; heads and discard as in Gildenblat, vit-explain, 2020, github.com/jacobgil/vit-explain.',
  params: (shared) =>
    z.strictObject({
      heads: z.enum(headFusions).default('mean').meta({ description: 'How the attention of the heads becomes one.' }),
      ...rolloutParams,
      ...shared,
    }),
  plannedOwn: ({ heads, discard, divide }) => ({ heads, discard, divide }),
  passes: () => ({ forward: 1, gradient: 0 }),
  usesGradient: false,
  relevance: async ({ engine, params: { heads, discard, divide }, attention }, { inputs, classes }) => {
    const { blocks, tokens, read } = attention;
    const values = await engine.activations(
      inputs,
      blocks.map(({ layer }) => layer),
    );
    return Array.from(classes, (_, sample) =>
      values.reduceRight(
        (row, block) => {
          const fused = fusedHeads(ofSample(block, sample), tokens, heads);
          // The class token keeps what it takes from itself.
          discardSmallest(fused, discard, 0);
          return rowTimes(row, withIdentity(fused, tokens, divide));
        },
        meanRow(tokens, read),
      ),
    );
  },
});
