import { XaigridError, type DatasetReference, type PlannedSetting } from '@xaigrid/contracts';
import type { Metric } from './metric.js';

/**
 * Checks that a data set has the regions that this metric needs.
 * @throws SPEC_INVALID when the metric compares maps with regions and the data set has none.
 */
export function assertRegions({ metric, needsRegions = false }: Metric, dataset: DatasetReference): void {
  if (!needsRegions || dataset.regions === true) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `Metric "${metric}" needs to know where in a sample its class shows; data set "${dataset.name}" of kind ${dataset.kind} has no such regions. Give it regions (docs/datasets.md), or leave the metric out.`,
  );
}

/** The part of a planned setting that tells scores on other regions apart. Only metrics that need regions depend on them. */
export function regionsScored(
  { needsRegions = false }: Metric,
  { regionsFingerprint }: DatasetReference,
): Pick<PlannedSetting, 'regions'> {
  return needsRegions && regionsFingerprint !== undefined ? { regions: regionsFingerprint } : {};
}
