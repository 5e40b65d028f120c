import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, positionsOfShape } from '@xaigrid/tensor';
import { z } from 'zod';
import { gridOf, type Units } from './units.js';

/** The parameter `patch` of metrics. `withPatch` fills in its default. */
export const patchParameter = z.int().min(1).optional();

/** The side of a patch if none is given. In a table each feature is a patch. */
export function defaultPatch(patch: number, { inputShape }: Pick<ModelDescription, 'inputShape'>): number {
  return isTable(inputShape) ? 1 : patch;
}

/** @throws SHAPE_MISMATCH for a patch that is larger than the input, and for a patch of several features of a table */
export function assertPatchFits(metric: string, patch: number, { inputShape }: Pick<ModelDescription, 'inputShape'>): void {
  if (isTable(inputShape)) {
    if (patch === 1) return;
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${metric}: a patch of ${patch} takes neighbours together, and the features of a table are none. Say patch: 1.`,
    );
  }
  const positions = positionsOfShape(inputShape);
  const shortest = Math.min(...positions);
  if (patch <= shortest) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${metric}: a patch of ${patch} is larger than the model's input, whose positions are [${positions.join(', ')}]. Say a patch of at most ${shortest}.`,
  );
}

/**
 * Cuts an input into the patches of a grid: `patch` positions long along each axis, channels together.
 * @param placed `corner`: the grid starts at the first position, so the last patches may be smaller. `centred`: the grid exceeds
 * the input on both sides, as Quantus pads it; if the excess is odd, by one position more after than before
 */
export function patchesOf(inputShape: readonly number[], patch: number, placed: 'corner' | 'centred'): Units {
  const before = (extent: number): number =>
    placed === 'corner' || extent % patch === 0 ? 0 : Math.floor((patch - (extent % patch)) / 2);
  return gridOf(inputShape, {
    cells: (extent) => Math.ceil(extent / patch),
    cellOf: (place, extent) => Math.floor((place + before(extent)) / patch),
  });
}

/** The number of patches. */
export function patchCount(inputShape: readonly number[], patch: number): number {
  return positionsOfShape(inputShape).reduce((product, extent) => product * Math.ceil(extent / patch), 1);
}
