import { XaigridError, type DatasetReference } from '@xaigrid/contracts';
import type { Metric } from './metric.js';

/**
 * Checks that a data set has the regions that this metric needs.
 * @throws SPEC_INVALID when the metric compares maps with regions and the data set has none.
 */
export function assertRegions({ metric, needsRegions = false }: Metric, dataset: DatasetReference): void {
  if (!needsRegions || dataset.regions === true) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `Metric "${metric}" needs to know where in a sample its class shows; data set "${dataset.name}" of kind ${dataset.kind} has no such regions. Leave the metric out, or use a data set that has them, such as texture-patches.`,
  );
}
