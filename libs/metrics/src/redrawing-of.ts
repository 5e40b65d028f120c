import { XaigridError } from '@xaigrid/contracts';
import type { Redrawing, ScoreRequest } from './metric.js';

/** The ports through which a metric draws maps again, checked to be present. */
export function redrawingOf(
  metric: string,
  { redrawing, sampleIndices }: ScoreRequest,
): Redrawing & { readonly sampleIndices: Int32Array<ArrayBuffer> } {
  if (redrawing !== undefined && sampleIndices !== undefined) return { ...redrawing, sampleIndices };
  throw new XaigridError('INTERNAL', `${metric} was asked to score maps that it cannot have drawn again.`);
}
