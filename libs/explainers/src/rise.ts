import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, rowsOf, sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { rowOutputs } from './class-outputs.js';
import { assertCellsFit } from './cells.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { hiddenDescription, hiddenNeedsBackground, hiddenSchema, hiddenValues } from './hidden-values.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { rowsTogether } from './masked-outputs.js';
import { positionsOf } from './model-layers.js';
import { randomStreams } from './random-streams.js';
import { riseMasks } from './rise/masks.js';
import { assertPositions } from './sample-values.js';
import { samplesForGradients } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';

const CELLS = 7;

const params = z.strictObject({
  draws: z.int().min(1).max(1_000_000).default(4000).meta({ description: 'Random masks per sample.' }),
  cells: z
    .array(z.int().min(1))
    .min(1)
    .optional()
    .meta({
      description: `Cells of the grid along each axis, such as [7, 7]. Default: ${CELLS} along each axis. Each feature of a table is a cell.`,
    }),
  keep: z.number().gt(0).lt(1).default(0.5).meta({ description: 'The probability that a cell is visible.' }),
  normalisation: z.enum(['expectation', 'coverage']).default('expectation').meta({
    description:
      'What the sum of the masks, each times its output, is divided by. expectation: draws · keep, as in the paper. coverage: at each position the sum of the masks, as in Xplique.',
  }),
  baseline: hiddenSchema.default(0).meta({ description: `What hidden positions hold: ${hiddenDescription}` }),
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * RISE (Petsiuk et al. 2018, "RISE: randomized input sampling for explanation of black-box models", arXiv:1806.07421), equation 6:
 * the map is Σ_k F(x ⊙ m_k)·m_k / (N·p) over N random masks whose cells are visible with probability p. Masks are those of the
 * authors' code, drawn for each sample from the seed and its index.
 *
 * Maps are `[n, ...positions]`, without channels. A sample takes one pass of the model per mask.
 */
export const rise: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'rise',
    title: 'RISE',
    version: 1,
    summary: 'The mean of random masks, each weighted by the output for the sample under it (Petsiuk et al. 2018).',
    family: 'perturbation',
    source:
      "Petsiuk et al., RISE: Randomized Input Sampling for Explanation of Black-box Models, BMVC 2018, arXiv:1806.07421, and the authors' code; compared with Rise of Xplique.",
    params,
    usesBackground: true,
    needsBackground: hiddenNeedsBackground,
    samplesPerCall: (engine, { draws }) => samplesForGradients(engine, draws),
    passes: ({ draws }) => ({ forward: draws, gradient: 0 }),
    validate: (chosen, model) => {
      const positions = positionsOf(model);
      const cells = cellsOf(chosen, model);
      assertPositions('rise', chosen.baseline, model);
      if (isTable(model.inputShape) && chosen.cells !== undefined)
        throw new XaigridError('SPEC_INVALID', 'rise: each feature of a table is a cell. Leave "cells" out.');
      assertCellsFit('rise', cells, positions);
    },
    plannedParams: (chosen, model) => {
      const { draws, keep, normalisation, baseline } = chosen;
      return { draws, ...(isTable(model.inputShape) ? {} : { cells: cellsOf(chosen, model) }), keep, normalisation, baseline };
    },
    explain,
  }),
);

function cellsOf({ cells }: Params, model: Pick<ModelDescription, 'inputShape'>): readonly number[] {
  return cells ?? positionsOf(model).map((length) => Math.min(CELLS, length));
}

async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const positions = positionsOf(options.engine.model);
  const size = sizeOf(positions);
  const maps: Tensor = {
    shape: [request.classes.length, ...positions],
    data: new Float32Array(request.classes.length * size),
  };
  for (let row = 0; row < request.classes.length; row++) maps.data.set(await mapOf(options, request, row), row * size);
  assertFinite('rise map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** The map of one sample. Masks are summed in float64, in the order in which they are drawn. */
async function mapOf(options: PrepareOptions<Params>, request: ExplainRequest, row: number): Promise<Float64Array> {
  const { engine, params: chosen, seed } = options;
  const { draws, keep, normalisation } = chosen;
  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const masks = riseMasks(engine.model.inputShape, { cells: cellsOf(chosen, engine.model), keep });
  const random = sampleRandom(seed, request.sampleIndices[row] ?? 0, randomStreams.rise);
  const inputs = rowsOf(request.inputs, row, row + 1);
  const sampleIndices = request.sampleIndices.slice(row, row + 1);
  const baseline = await hiddenValues(chosen.baseline, { inputs, sampleIndices }, options);
  const together = Math.min(draws, rowsTogether(engine));
  const weighted = new Float64Array(size);
  const covered = new Float64Array(size);
  for (let done = 0; done < draws; done += together) {
    request.signal?.throwIfAborted();
    const count = Math.min(together, draws - done);
    const data = new Float32Array(count * size);
    for (let mask = 0; mask < count; mask++) masks.draw(data.subarray(mask * size, (mask + 1) * size), random);
    const { outputs } = await engine.scoreMasks({
      inputs,
      sampleOf: new Int32Array(count),
      masks: {
        maps: { shape: [count, ...positions, 1], data },
        mapOf: Int32Array.from({ length: count }, (_, mask) => mask),
        channelOf: new Int32Array(count),
        scaled: false,
      },
      baseline,
    });
    const scores = rowOutputs(outputs, request, new Int32Array(count).fill(row));
    for (const [mask, score] of scores.entries()) {
      for (let place = 0, at = mask * size; place < size; place++, at++) {
        const visible = data[at] ?? NaN;
        weighted[place] = (weighted[place] ?? 0) + score * visible;
        covered[place] = (covered[place] ?? 0) + visible;
      }
    }
  }
  if (normalisation === 'expectation') return weighted.map((sum) => sum / (draws * keep));
  return weighted.map((sum, place) => (covered[place] === 0 ? 0 : sum / (covered[place] ?? NaN)));
}
