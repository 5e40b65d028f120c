import { z } from 'zod';
import { attentionExplainer, ofSample } from './attention/attention-explainer.js';
import { discardSmallest, fusedHeads, meanRow, rowTimes, withIdentity } from './attention/matrices.js';
import { rolloutParams } from './attention-rollout.js';
import { targetParams, withTargetParams } from './target.js';

/**
 * Gradient attention rollout (Gildenblat 2020, vit-explain): attention rollout of A ⊙ ∂F/∂A, averaged over the heads and cut off below 0.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where all values are the same.
 */
export const gradientRollout = withTargetParams(
  attentionExplainer({
    method: 'gradient-rollout',
    title: 'Gradient attention rollout',
    summary: 'Attention rollout of attention times its gradient (Gildenblat 2020).',
    source:
      'Gildenblat, Exploring Explainability for Vision Transformers, 2020, github.com/jacobgil/vit-explain; after Abnar & Zuidema, ACL 2020, arXiv:2005.00928.',
    params: (shared) => z.strictObject({ ...rolloutParams, ...shared, ...targetParams }),
    plannedOwn: ({ discard, divide }) => ({ discard, divide }),
    passes: () => ({ forward: 0, gradient: 1 }),
    usesGradient: true,
    relevance: async ({ engine, params: { discard, divide }, attention }, { inputs, classes, contrasts }) => {
      const { blocks, tokens, read } = attention;
      const found = await engine.gradient({ inputs, classes, contrasts, wrt: blocks.map(({ layer }) => layer) });
      return Array.from(classes, (_, sample) =>
        found.reduceRight(
          (row, { activations, gradient }) => {
            const slopes = ofSample(gradient, sample);
            const products = Float64Array.from(ofSample(activations, sample), (value, at) => value * (slopes[at] ?? NaN));
            const fused = fusedHeads(products, tokens, 'mean').map((value) => Math.max(value, 0));
            discardSmallest(fused, discard);
            return rowTimes(row, withIdentity(fused, tokens, divide));
          },
          meanRow(tokens, read),
        ),
      );
    },
  }),
);
