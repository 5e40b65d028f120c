import { sampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { randomStreams } from './random-streams.js';
import { samplesForGradients } from './samples-per-call.js';
import {
  assertSensitivity,
  cellCount,
  latinHypercube,
  mapsOfCells,
  outputsOfDesign,
  plannedSensitivity,
  sensitivityParams,
} from './sensitivity/cells.js';
import { targetParams, withTargetParams } from './target.js';

const params = z.strictObject({
  draws: z.int().min(2).max(100_000).default(32).meta({
    description: 'Points of the design. A sample takes draws · (cells + 1) passes of the model.',
  }),
  ...sensitivityParams,
  ...targetParams,
});
type Params = z.infer<typeof params>;

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
export const sobol: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'sobol',
    title: "Sobol' indices",
    version: 1,
    summary: "How much of the output's variance each cell of a grid is part of (Fel et al. 2021).",
    family: 'perturbation',
    source:
      'Fel, Cadène, Chalvidal et al., Look at the Variance! Efficient Black-box Explanations with Sobol-based Sensitivity Analysis, NeurIPS 2021, arXiv:2111.04138; compared with SobolAttributionMethod of Xplique.',
    params,
    samplesPerCall: (engine, chosen) => samplesForGradients(engine, passesOf(chosen, engine.model)),
    passes: (chosen, model) => ({ forward: passesOf(chosen, model), gradient: 0 }),
    validate: (chosen, model) => {
      assertSensitivity('sobol', chosen, model);
    },
    plannedParams: (chosen, model) => ({ draws: chosen.draws, ...plannedSensitivity(chosen, model) }),
    explain,
  }),
);

function passesOf(chosen: Params, model: Parameters<typeof cellCount>[1]): number {
  return chosen.draws * (cellCount(chosen, model) + 1);
}

async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { engine, params: chosen, seed } = options;
  const { draws } = chosen;
  const cells = cellCount(chosen, engine.model);
  const indices: Float64Array[] = [];
  for (const [row, sampleIndex] of request.sampleIndices.entries()) {
    const points = latinHypercube(draws, 2 * cells, sampleRandom(seed, sampleIndex, randomStreams.sobol));
    const design = points.map((point) => point.slice(0, cells));
    const changed = Array.from({ length: cells }, (_, cell) =>
      points.map((point) => {
        const own = point.slice(0, cells);
        own[cell] = point[cells + cell] ?? NaN;
        return own;
      }),
    );
    const outputs = await outputsOfDesign(options, request, { row, design: [...design, ...changed.flat()] });
    indices.push(totalIndices(outputs, draws));
  }
  const maps = mapsOfCells(chosen, engine.model, indices);
  assertFinite('sobol map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

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
