import { XaigridError } from '@xaigrid/contracts';
import type { Redrawing, ScoreRequest } from './metric.js';

/** What a metric that has maps drawn again was given for it. */
export function redrawingOf(
  metric: string,
  { redrawing, sampleIndices }: ScoreRequest,
): Redrawing & { readonly sampleIndices: Int32Array<ArrayBuffer> } {
  if (redrawing !== undefined && sampleIndices !== undefined) return { ...redrawing, sampleIndices };
  throw new XaigridError('INTERNAL', `${metric} was asked to score maps that it cannot have drawn again.`);
}
