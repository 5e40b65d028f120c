import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

/** The parameter `size` of metrics that remove subsets. */
export const sizeParameter = z.union([z.int().min(1), z.number().gt(0).lt(1)]).meta({
  description: 'Units in a subset: a whole number, or a share of all of them below 1 (rounded, at least one).',
});

/** The parameter `subsets` of metrics that remove subsets. */
export const subsetsParameter = z
  .int()
  .min(2)
  .max(100_000)
  .meta({ description: 'Random subsets of each sample: a forward pass each.' });

/** The number of units in a subset of `count` units: a size below 1 is a share. */
export function sizeOfSubset(size: number, count: number): number {
  return size < 1 ? Math.max(1, Math.round(size * count)) : size;
}

/** @throws SHAPE_MISMATCH for subsets that hold all units of a sample */
export function assertSizeFits(
  metric: string,
  size: number,
  { count, kind }: { readonly count: number; readonly kind: string },
): void {
  if (sizeOfSubset(size, count) < count) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${metric} takes subsets of ${sizeOfSubset(size, count)} of a sample's ${count} ${kind}: that is all of them, or more. Give a smaller size, or a share of them such as size: 0.2.`,
  );
}

/** The parameter `step` of metrics that replace units in order. */
export const stepParameter = z.int().min(1).max(1_000_000).default(1).meta({
  description: 'Units that are replaced together, in descending order of the map.',
});

/** @throws SHAPE_MISMATCH if one step replaces all units, so that nothing is left to correlate */
export function assertStepFits(
  metric: string,
  step: number,
  { count, kind }: { readonly count: number; readonly kind: string },
): void {
  if (step < count) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${metric} replaces ${step} of a sample's ${count} ${kind} in a step: that is all of them at once. Give a smaller step.`,
  );
}
