import { XaigridError, type MethodDescription } from '@xaigrid/contracts';
import type { Metric } from './metric.js';

/**
 * Checks that the method of an evaluation can draw maps again for this metric.
 * @throws SPEC_INVALID when the metric draws maps again and the method's maps were made elsewhere.
 */
export function assertRedrawn(scorer: Metric, { method, family }: Pick<MethodDescription, 'method' | 'family'>): void {
  if (scorer.drawsAgain === undefined || family !== 'stored') return;
  throw new XaigridError(
    'SPEC_INVALID',
    `Metric "${scorer.metric}" has maps drawn again, of changed samples; those of method "${method}" are read from files and cannot be. Leave the metric out for them.`,
  );
}
