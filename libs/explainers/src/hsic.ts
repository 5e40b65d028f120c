import { z } from 'zod';
import { randomStreams } from './random-streams.js';
import { latinHypercube } from './sensitivity/cells.js';
import { sensitivityExplainer } from './sensitivity/sensitivity-explainer.js';

/**
 * The dependence between F and whether a cell is visible, by the Hilbert-Schmidt independence criterion (Novello, Fel & Vigouroux
 * 2022, "Making sense of dependence: efficient black-box explanations using dependence measure", arXiv:2206.06219).
 *
 * With m_ki = 1 where cell i is visible in mask k of N, and F_k under that mask: HSIC_i = Σ_kl K_kl·(H·L·H)_kl/N, where K_kl = 3/2 −
 * (m_ki − m_li)², L_kl = exp(−(F_k − F_l)²/(2·w²)), w the median of F, and H takes means away. As Xplique has it: sums over N and not
 * N², and w the median of the outputs themselves. Masks are a rounded Latin hypercube, drawn from the seed and the sample index;
 * Xplique rounds a Sobol' sequence by default.
 *
 * Maps are `[n, ...positions]`, without channels. A sample takes one pass of the model per mask.
 */
export const hsic = sensitivityExplainer({
  method: 'hsic',
  title: 'HSIC',
  summary: 'How much the output depends on whether each cell of a grid is visible (Novello et al. 2022).',
  source:
    'Novello, Fel & Vigouroux, Making Sense of Dependence: Efficient Black-box Explanations Using Dependence Measure, NeurIPS 2022, arXiv:2206.06219; compared with HsicAttributionMethod of Xplique.',
  drawsParam: z.int().min(2).max(5000).default(500).meta({
    description: 'Random masks per sample; about half of the cells are visible in each. Time also grows with their square.',
  }),
  stream: randomStreams.hsic,
  rows: (draws) => draws,
  ofSample: async ({ draws, cells, random, outputsOf }) => {
    const points = latinHypercube(draws, cells, random);
    const design = points.map((point) => point.map((coordinate) => (coordinate > 0.5 ? 1 : 0)));
    return dependences(design, await outputsOf(design));
  },
});

/**
 * HSIC of each cell, in float64. Rows of H·L·H add up to 0, so that the constant of K and the squares in (m_k − m_l)² vanish: what
 * is left is 2·Σ_kl m_k·m_l·(H·L·H)_kl/N.
 */
function dependences(design: readonly Float64Array[], outputs: Float64Array): Float64Array {
  const count = outputs.length;
  const centred = centredKernel(outputs);
  const sums = new Float64Array(design[0]?.length ?? 0);
  const visible = design.map((mask) => Int32Array.from(mask.keys()).filter((cell) => mask[cell] === 1));
  for (const [k, cells] of visible.entries()) {
    // H·L·H is symmetric: each pair counts twice.
    for (let l = 0; l <= k; l++) {
      const value = (l === k ? 1 : 2) * (centred[k * count + l] ?? NaN);
      const other = design[l];
      for (const cell of cells) if (other?.[cell] === 1) sums[cell] = (sums[cell] ?? 0) + value;
    }
  }
  return sums.map((sum) => (2 * sum) / count);
}

/** H·L·H, `[N, N]`. */
function centredKernel(outputs: Float64Array): Float64Array {
  const count = outputs.length;
  const sorted = outputs.toSorted();
  const width = ((sorted[Math.floor((count - 1) / 2)] ?? NaN) + (sorted[Math.floor(count / 2)] ?? NaN)) / 2;
  const kernel = new Float64Array(count * count);
  const means = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    for (let l = 0; l < count; l++) {
      const apart = ((outputs[k] ?? NaN) - (outputs[l] ?? NaN)) ** 2;
      // Where the median is 0, only equal outputs are alike.
      const value = apart === 0 ? 1 : Math.exp(-apart / (2 * width ** 2));
      kernel[k * count + l] = value;
      means[k] = (means[k] ?? 0) + value / count;
    }
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  return kernel.map((value, at) => value - (means[Math.floor(at / count)] ?? NaN) - (means[at % count] ?? NaN) + mean);
}
