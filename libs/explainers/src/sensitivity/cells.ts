import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, resizeCubic, resizeLinear, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { assertCellsFit } from '../cells.js';
import type { ExplainRequest, PrepareOptions } from '../explainer.js';
import { mapsOfFeatures, type Features } from '../features.js';
import { hiddenDescription, hiddenSchema, hiddenValues, type Hidden } from '../hidden-values.js';
import { maskedOutputs } from '../masked-outputs.js';
import { positionsOf } from '../model-layers.js';
import { assertPositions } from '../sample-values.js';

const CELLS = 8;

/** The parameters of methods that measure how much F depends on each cell of a grid. */
export const sensitivityParams = {
  cells: z
    .array(z.int().min(1))
    .min(1)
    .optional()
    .meta({
      description: `Cells of the grid along each axis, such as [8, 8]. Default: ${CELLS} along each axis. Each feature of a table is a cell.`,
    }),
  upsampling: z.enum(['cells', 'linear', 'cubic']).default('cells').meta({
    description:
      'How the numbers of cells become a map. cells: each position has that of its cell. linear, cubic: they are resized; cubic as in Xplique.',
  }),
  baseline: hiddenSchema.default(0).meta({ description: `What hidden positions hold: ${hiddenDescription}` }),
};

export interface SensitivityParams {
  readonly cells?: readonly number[] | undefined;
  readonly upsampling: 'cells' | 'linear' | 'cubic';
  readonly baseline: Hidden;
}

type Model = Pick<ModelDescription, 'inputShape'>;

/** @throws SHAPE_MISMATCH or SPEC_INVALID for parameters that do not fit the model */
export function assertSensitivity(method: string, params: SensitivityParams, model: Model): void {
  assertPositions(method, params.baseline, model);
  const positions = positionsOf(model);
  const cells = gridOf(params, model);
  if (isTable(model.inputShape)) {
    if (params.cells === undefined && params.upsampling === 'cells') return;
    throw new XaigridError(
      'SPEC_INVALID',
      `${method}: each feature of a table is a cell, and nothing is resized. Leave "cells" and "upsampling" out.`,
    );
  }
  assertCellsFit(method, cells, positions);
}

export function plannedSensitivity(params: SensitivityParams, model: Model): Readonly<Record<string, unknown>> {
  const { upsampling, baseline } = params;
  return isTable(model.inputShape) ? { baseline } : { cells: gridOf(params, model), upsampling, baseline };
}

/** The cells along each axis. */
function gridOf({ cells }: SensitivityParams, model: Model): readonly number[] {
  const positions = positionsOf(model);
  if (isTable(model.inputShape)) return positions;
  return cells ?? positions.map((length) => Math.min(CELLS, length));
}

export function cellCount(params: SensitivityParams, model: Model): number {
  return sizeOf(gridOf(params, model));
}

/** The cell of each position: of place i along an axis of length L with c cells, ⌊(i + ½)·c/L⌋, as nearest resizing. */
function cellsOf(params: SensitivityParams, model: Model): Features {
  const positions = positionsOf(model);
  const grid = gridOf(params, model);
  const ofPosition = Int32Array.from({ length: sizeOf(positions) }, (_, position) => {
    let [cell, rest, scale] = [0, position, 1];
    for (let axis = positions.length - 1; axis >= 0; axis--) {
      const [length, count] = [positions[axis] ?? 1, grid[axis] ?? 1];
      cell += Math.floor((((rest % length) + 0.5) * count) / length) * scale;
      rest = Math.floor(rest / length);
      scale *= count;
    }
    return cell;
  });
  return { count: sizeOf(grid), ofPosition };
}

/**
 * F of one sample under each row of a design.
 * @param design how visible each cell is, from 0 to 1
 */
export async function outputsOfDesign(
  options: Pick<PrepareOptions<SensitivityParams>, 'engine' | 'params' | 'seed' | 'background'>,
  request: ExplainRequest,
  { row, design }: { readonly row: number; readonly design: readonly Float64Array[] },
): Promise<Float64Array<ArrayBuffer>> {
  const { engine, params } = options;
  const { ofPosition } = cellsOf(params, engine.model);
  return maskedOutputs({
    ...{ engine, inputs: request.inputs, explained: request, signal: request.signal },
    rows: design.length,
    sampleOf: () => row,
    maskOf: (at) => at,
    fill: (mask, at) => {
      const visible = design[at];
      for (let position = 0; position < mask.length; position++) mask[position] = visible?.[ofPosition[position] ?? -1] ?? NaN;
    },
    baseline: await hiddenValues(params.baseline, request, options),
  });
}

/** The maps of numbers of cells. `[n, ...positions]` @param values one list per sample */
export function mapsOfCells(params: SensitivityParams, model: Model, values: readonly Float64Array[]): Tensor {
  const positions = positionsOf(model);
  if (params.upsampling === 'cells') {
    const cells = cellsOf(params, model);
    return mapsOfFeatures(
      values,
      values.map(() => cells),
      positions,
    );
  }
  const coarse = {
    shape: [values.length, ...gridOf(params, model), 1],
    data: Float32Array.from(values.flatMap((of) => [...of])),
  };
  const { data } = (params.upsampling === 'linear' ? resizeLinear : resizeCubic)(coarse, positions);
  return { shape: [values.length, ...positions], data };
}

/**
 * A Latin hypercube (McKay et al. 1979): each of `points` equal strata of [0, 1) has one point in every dimension, at a random place
 * inside it. @returns the points, each with `dimensions` coordinates
 */
export function latinHypercube(points: number, dimensions: number, random: SampleRandom): Float64Array[] {
  const found = Array.from({ length: points }, () => new Float64Array(dimensions));
  for (let dimension = 0; dimension < dimensions; dimension++)
    for (const [point, stratum] of random.choice(points, points).entries()) {
      const coordinates = found[point];
      if (coordinates !== undefined) coordinates[dimension] = (stratum + random.uniform()) / points;
    }
  return found;
}
