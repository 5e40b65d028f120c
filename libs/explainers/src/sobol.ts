import { z } from 'zod';
import { randomStreams } from './random-streams.js';
import { latinHypercube } from './sensitivity/cells.js';
import { sensitivityExplainer } from './sensitivity/sensitivity-explainer.js';

/**
 * Total Sobol' indices (Fel et al. 2021, "Look at the variance! Efficient black-box explanations with Sobol-based sensitivity
 * analysis", arXiv:2111.04138): the share of the variance of F that vanishes if a cell of the sample is not changed, together with
 * what it has in common with other cells. Each cell is visible from 0 to 1, m ~ U(0, 1).
 *
 * By Jansen's estimator: Σ_k (F(A_k) − F(C_ki))²/(2·N·V) for cell i, over the N points A of a design. C_i are the same points with
 * coordinate i from a second design B; V is the sample variance of F(A). Both designs are one Latin hypercube, drawn from the seed and
 * the sample index; Xplique takes a Sobol' sequence by default. 0 where F does not vary.
 *
 * Maps are `[n, ...positions]`, without channels.
 */
export const sobol = sensitivityExplainer({
  method: 'sobol',
  title: "Sobol' indices",
  summary: "How much of the output's variance each cell of a grid is part of (Fel et al. 2021).",
  source:
    'Fel, Cadène, Chalvidal et al., Look at the Variance! Efficient Black-box Explanations with Sobol-based Sensitivity Analysis, NeurIPS 2021, arXiv:2111.04138; compared with SobolAttributionMethod of Xplique.',
  drawsParam: z.int().min(2).max(100_000).default(32).meta({
    description: 'Points of the design. A sample takes draws · (cells + 1) passes of the model.',
  }),
  stream: randomStreams.sobol,
  rows: (draws, cells) => draws * (cells + 1),
  ofSample: async ({ draws, cells, random, outputsOf }) => {
    const points = latinHypercube(draws, 2 * cells, random);
    const design = points.map((point) => point.slice(0, cells));
    const changed = Array.from({ length: cells }, (_, cell) =>
      points.map((point) => {
        const own = point.slice(0, cells);
        own[cell] = point[cells + cell] ?? NaN;
        return own;
      }),
    );
    return totalIndices(await outputsOf([...design, ...changed.flat()]), draws);
  },
});

/** Jansen's estimator. @param outputs F(A), then F(C_1), F(C_2) … */
function totalIndices(outputs: Float64Array, draws: number): Float64Array {
  const own = outputs.subarray(0, draws);
  const mean = own.reduce((sum, output) => sum + output, 0) / draws;
  const variance = own.reduce((sum, output) => sum + (output - mean) ** 2, 0) / (draws - 1);
  return Float64Array.from({ length: outputs.length / draws - 1 }, (_, cell) => {
    let sum = 0;
    for (let k = 0; k < draws; k++) sum += ((own[k] ?? NaN) - (outputs[(cell + 1) * draws + k] ?? NaN)) ** 2;
    return variance === 0 ? 0 : sum / (2 * draws * variance);
  });
}
