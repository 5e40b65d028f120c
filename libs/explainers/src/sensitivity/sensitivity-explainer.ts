import { sampleRandom, type SampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from '../define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from '../explainer.js';
import { hiddenNeedsBackground } from '../hidden-values.js';
import { assertFinite, constantMaps } from '../map-checks.js';
import { samplesForGradients } from '../samples-per-call.js';
import { targetParams, withTargetParams } from '../target.js';
import {
  assertSensitivity,
  cellCount,
  mapsOfCells,
  outputsOfDesign,
  plannedSensitivity,
  sensitivityParams,
  type SensitivityParams,
} from './cells.js';

type Params = SensitivityParams & z.infer<z.ZodObject<typeof targetParams>> & { readonly draws: number };

interface Asked {
  readonly draws: number;
  readonly cells: number;
  readonly random: SampleRandom;
  /** F of the sample under each row of a design. */
  readonly outputsOf: (design: readonly Float64Array[]) => Promise<Float64Array<ArrayBuffer>>;
}

/** A method that has nothing but its design and what it makes of the outputs. */
interface Sensitivity extends Pick<Explainer, 'method' | 'title' | 'summary' | 'source'> {
  readonly drawsParam: z.ZodType<number>;
  /** The stream of its draws: see `randomStreams`. */
  readonly stream: number;
  /** The rows of the design of a sample. */
  readonly rows: (draws: number, cells: number) => number;
  /** The number of each cell of one sample. */
  readonly ofSample: (asked: Asked) => Promise<Float64Array>;
}

/** Makes an explainer that measures how much F depends on each cell of a grid, sample by sample. */
export function sensitivityExplainer({ drawsParam, stream, rows, ofSample, ...described }: Sensitivity): Explainer<Params> {
  const { method } = described;
  const rowsFor = (chosen: Params, model: Parameters<typeof cellCount>[1]): number =>
    rows(chosen.draws, cellCount(chosen, model));

  async function explain(options: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
    const { engine, params: chosen, seed } = options;
    const cells = cellCount(chosen, engine.model);
    const values: Float64Array[] = [];
    for (const [row, sampleIndex] of request.sampleIndices.entries()) {
      values.push(
        await ofSample({
          draws: chosen.draws,
          cells,
          random: sampleRandom(seed, sampleIndex, stream),
          outputsOf: (design) => outputsOfDesign(options, request, { row, design }),
        }),
      );
    }
    const maps = mapsOfCells(chosen, engine.model, values);
    assertFinite(`${method} map`, maps, request);
    return { maps, degenerate: constantMaps(maps), diagnostics: {} };
  }

  return withTargetParams(
    defineExplainer<Params>({
      ...described,
      version: 1,
      family: 'perturbation',
      params: z.strictObject({ draws: drawsParam, ...sensitivityParams, ...targetParams }),
      usesBackground: true,
      needsBackground: hiddenNeedsBackground,
      samplesPerCall: (engine, chosen) => samplesForGradients(engine, rowsFor(chosen, engine.model)),
      passes: (chosen, model) => ({ forward: rowsFor(chosen, model), gradient: 0 }),
      validate: (chosen, model) => {
        assertSensitivity(method, chosen, model);
      },
      plannedParams: (chosen, model) => ({ draws: chosen.draws, ...plannedSensitivity(chosen, model) }),
      explain,
    }),
  );
}
