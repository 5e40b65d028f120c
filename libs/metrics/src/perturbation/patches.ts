import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { isTable, positionsOfShape } from '@xaigrid/tensor';
import { z } from 'zod';
import { gridOf, type Units } from './units.js';

/** As metrics take it as a parameter; `withPatch` fills it in. */
export const patchParameter = z.int().min(1).optional();

/** The patch that is meant where none is said: of a table, each feature. */
export function defaultPatch(patch: number, { inputShape }: Pick<ModelDescription, 'inputShape'>): number {
  return isTable(inputShape) ? 1 : patch;
}

/** @throws SHAPE_MISMATCH for a patch that is larger than the input, and for one of several features of a table */
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
 * The patches of a grid over an input: `patch` positions long along each axis, channels together.
 * @param placed `corner`: from the first position on, so that the last patches may be smaller; `centred`: the grid stands out on both sides, by
 * half a position less before than after where that is odd, as Quantus pads it
 */
export function patchesOf(inputShape: readonly number[], patch: number, placed: 'corner' | 'centred'): Units {
  const before = (extent: number): number =>
    placed === 'corner' || extent % patch === 0 ? 0 : Math.floor((patch - (extent % patch)) / 2);
  return gridOf(inputShape, {
    cells: (extent) => Math.ceil(extent / patch),
    cellOf: (place, extent) => Math.floor((place + before(extent)) / patch),
  });
}

/** How many there are. */
export function patchCount(inputShape: readonly number[], patch: number): number {
  return positionsOfShape(inputShape).reduce((product, extent) => product * Math.ceil(extent / patch), 1);
}
