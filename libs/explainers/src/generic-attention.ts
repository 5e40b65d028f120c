import { z } from 'zod';
import { attentionExplainer, ofSample } from './attention/attention-explainer.js';
import { fusedHeads, meanRow, rowTimes } from './attention/matrices.js';
import { targetParams, withTargetParams } from './target.js';

/**
 * Generic attention-model explainability (Chefer et al. 2021, arXiv:2103.15679, equations 5 and 6, self-attention): Ā = E_h((∂F/∂A ⊙ A)⁺),
 * the mean over the heads, and R ← R + Ā·R from the first block to the last, beginning with the identity. The row of R is that of the
 * tokens that the head reads.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where all values are the same.
 */
export const genericAttention = withTargetParams(
  attentionExplainer({
    method: 'generic-attention',
    title: 'Generic attention explainability',
    summary: "All blocks' attention, weighted by its gradient and added up (Chefer et al. 2021).",
    source:
      'Chefer, Gur & Wolf, Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder Transformers, ICCV 2021, arXiv:2103.15679, equations 5 and 6.',
    params: (shared) => z.strictObject({ ...shared, ...targetParams }),
    passes: () => ({ forward: 0, gradient: 1 }),
    usesGradient: true,
    relevance: async ({ engine, attention }, { inputs, classes, contrasts }) => {
      const { blocks, tokens, read } = attention;
      const found = await engine.gradient({ inputs, classes, contrasts, wrt: blocks.map(({ layer }) => layer) });
      return Array.from(classes, (_, sample) =>
        // One row of (I + Ā_L)…(I + Ā_1), from the last block to the first.
        found.reduceRight(
          (row, { activations, gradient }) => {
            const slopes = ofSample(gradient, sample);
            const positive = Float64Array.from(ofSample(activations, sample), (value, at) =>
              Math.max(value * (slopes[at] ?? NaN), 0),
            );
            const added = rowTimes(row, fusedHeads(positive, tokens, 'mean'));
            return row.map((value, token) => value + (added[token] ?? NaN));
          },
          meanRow(tokens, read),
        ),
      );
    },
  }),
);
